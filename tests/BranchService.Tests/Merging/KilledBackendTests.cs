using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>
/// The database's own process dies at a point of the transaction that a trigger chooses: where it first writes to a
/// table, or as it commits.
/// </summary>
public sealed class KilledBackendTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static int count;

    [Theory]
    [InlineData("branching.commit", "INSERT")]
    [InlineData("branching.vector_entry", "INSERT")]
    [InlineData("records.row", "INSERT")]
    [InlineData("records.row", "UPDATE")]
    [InlineData("branching.merge", "INSERT")]
    [InlineData("branching.request", "INSERT")]
    [InlineData("branching.audit_entry", "INSERT")]
    [InlineData("branching.commit", "COMMIT")]
    [InlineData("branching.request", "COMMIT")]
    public async Task A_merge_whose_backend_dies_changed_nothing_and_is_done_once_when_asked_again(
        string table,
        string point
    )
    {
        var trial = await ConflictAsync($"merge-{Interlocked.Increment(ref count)}");
        var before = await trial.HeadVersionAsync("target");
        var request = new MergeBranchRequest
        {
            Pair = trial.Pair,
            Policy = new() { Strategy = MergeStrategy.TakeSource },
            RequestId = $"{Guid.CreateVersion7()}",
        };
        await KillAsync(table, point);

        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await fixture.Merges.MergeBranchAsync(request, fixture.Lab)
        );

        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Equal(before, await trial.HeadVersionAsync("target"));
        Assert.Equal(["s1 42 placebo c1", "s2 50 active c2"], await trial.SubjectsAsync("target"));
        var merged = await fixture.Merges.MergeBranchAsync(request, fixture.Lab);
        Assert.Equal(["s1 41 placebo c1", "s2 50 active c2", "s3 60 active c3"], await trial.SubjectsAsync("target"));
        var again = await fixture.Merges.MergeBranchAsync(request, fixture.Lab);
        Assert.Equal(merged.Merge, again.Merge);
        Assert.Equal(merged.Merge.Commit.Version, await trial.HeadVersionAsync("target"));
        Assert.Equal(1, await CountMergesAsync(trial));
    }

    [Theory]
    [InlineData("branching.commit", "INSERT", false)]
    [InlineData("branching.merge", "INSERT", false)]
    [InlineData("branching.request", "COMMIT", false)]
    [InlineData("branching.tag", "INSERT", true)]
    [InlineData("branching.tag_entry", "INSERT", true)]
    [InlineData("branching.tag", "COMMIT", true)]
    [InlineData("branching.branch", "UPDATE", true)]
    public async Task A_finalize_whose_backend_dies_goes_on_where_it_stopped(string table, string point, bool isMerged)
    {
        var number = Interlocked.Increment(ref count);
        var trial = await ConflictAsync($"final-{number}");
        var before = await trial.HeadVersionAsync("target");
        var request = FinalizeOf(trial, $"final-{number}");
        await KillAsync(table, point);

        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab)
        );

        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Equal(isMerged, await trial.HeadVersionAsync("target") > before);
        var done = await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab);
        var again = await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab);
        var (result, repeated) = (
            done.Operation.Response.Unpack<FinalizeResult>(),
            again.Operation.Response.Unpack<FinalizeResult>()
        );
        Assert.Equal(result, repeated);
        Assert.Equal(done.Operation.Name, again.Operation.Name);
        Assert.True(result.SourceDeleted);
        Assert.Equal($"projects/lab/tags/final-{number}", result.Tag);
        Assert.Equal(result.Merge.Commit.Version, await trial.HeadVersionAsync("target"));
        Assert.Equal(1, await CountMergesAsync(trial));
        Assert.Equal(["s1 41 placebo c1", "s2 50 active c2", "s3 60 active c3"], await trial.SubjectsAsync("target"));
    }

    [Theory]
    [InlineData("branching.tag", "INSERT")]
    [InlineData("branching.branch", "UPDATE")]
    public async Task A_finalize_that_goes_on_deletes_no_source_that_was_written_to(string table, string point)
    {
        var number = Interlocked.Increment(ref count);
        var trial = await ConflictAsync($"moved-{number}");
        var request = FinalizeOf(trial, $"moved-{number}");
        await KillAsync(table, point);
        await Assert.ThrowsAsync<RpcException>(async () =>
            await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab)
        );
        await trial.PutAsync("source", ("s4", 20, "active", "c4"));

        for (var i = 0; i < 2; i++)
        {
            var refusal = await RefusedAsync(
                StatusCode.Aborted,
                ErrorReason.HeadMoved,
                () => fixture.Merges.FinalizeBranchAsync(request, fixture.Lab)
            );
            Assert.Contains($"tagged 'moved-{number}'", refusal.Message);
            Assert.Contains("is kept", refusal.Message);
        }

        Assert.Contains("s4 20 active c4", await trial.SubjectsAsync("source"));
        Assert.DoesNotContain("s4 20 active c4", await trial.SubjectsAsync("target"));
        Assert.Equal(1, await CountMergesAsync(trial));
        var rest = new FinalizeBranchRequest { Pair = trial.Pair };
        await fixture.Merges.FinalizeBranchAsync(rest, fixture.Lab);
        Assert.Contains("s4 20 active c4", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_finalize_that_had_nothing_to_merge_merges_nothing_when_it_goes_on()
    {
        var number = Interlocked.Increment(ref count);
        var trial = await Trial.CreateAsync(fixture, $"idle-{number}");
        var request = FinalizeOf(trial, $"idle-{number}");
        await KillAsync("branching.branch", "UPDATE");
        await Assert.ThrowsAsync<RpcException>(async () =>
            await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab)
        );
        await trial.PutAsync("source", ("s4", 20, "active", "c4"));

        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.HeadMoved,
            () => fixture.Merges.FinalizeBranchAsync(request, fixture.Lab)
        );

        Assert.Equal(0, await CountMergesAsync(trial));
        Assert.Contains("s4 20 active c4", await trial.SubjectsAsync("source"));
    }

    [Fact]
    public async Task A_finalize_that_had_nothing_to_merge_tags_what_the_target_was_then_when_it_goes_on()
    {
        var number = Interlocked.Increment(ref count);
        var trial = await Trial.CreateAsync(fixture, $"since-{number}");
        var request = FinalizeOf(trial, $"since-{number}");
        await KillAsync("branching.tag", "INSERT");
        await Assert.ThrowsAsync<RpcException>(async () =>
            await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab)
        );
        var then = await trial.HeadVersionAsync("target");
        await trial.PutAsync("target", ("s4", 20, "active", "c4"));

        var done = await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab);

        var tag = done.Operation.Response.Unpack<FinalizeResult>().Tag;
        Assert.Equal(then, (await fixture.Tags.GetTagAsync(new() { Name = tag }, fixture.Lab)).Tag.Version);
        Assert.Equal(BranchState.Deleted, await StateAsync(trial.Branch("source")));
    }

    [Fact]
    public async Task A_finalize_that_goes_on_deletes_the_branch_that_it_merged_also_under_another_name()
    {
        var number = Interlocked.Increment(ref count);
        var trial = await ConflictAsync($"named-{number}");
        var request = FinalizeOf(trial, $"named-{number}");
        await KillAsync("branching.tag", "INSERT");
        await Assert.ThrowsAsync<RpcException>(async () =>
            await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab)
        );
        await fixture.Branches.RenameBranchAsync(
            new() { Name = trial.Branch("source"), NewBranchId = $"named-{number}-other" },
            fixture.Lab
        );
        await fixture.CreateAsync($"named-{number}-source", new() { Branch = trial.Branch("other") });

        await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab);

        Assert.Equal(BranchState.Active, await StateAsync(trial.Branch("source")));
        Assert.Equal(BranchState.Deleted, await StateAsync(trial.Branch("other")));
    }

    [Fact]
    public async Task A_finalize_is_answered_again_after_its_source_is_purged()
    {
        var number = Interlocked.Increment(ref count);
        var trial = await ConflictAsync($"late-{number}");
        var request = FinalizeOf(trial, $"late-{number}");
        var done = await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab);
        await fixture.AsOwnerAsync(
            $"UPDATE branching.branch SET purge_time = statement_timestamp() WHERE name = 'late-{number}-source'"
        );
        await fixture.Garbage.PurgeAsync(fixture.LabProject, 100, "tests", CancellationToken.None);

        var again = await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab);

        Assert.Equal(
            done.Operation.Response.Unpack<FinalizeResult>(),
            again.Operation.Response.Unpack<FinalizeResult>()
        );
    }

    private static FinalizeBranchRequest FinalizeOf(Trial trial, string tag) =>
        new()
        {
            Pair = trial.Pair,
            Policy = new() { Strategy = MergeStrategy.TakeSource },
            TagId = tag,
            RequestId = $"{Guid.CreateVersion7()}",
        };

    private async Task<BranchState> StateAsync(string branch) =>
        (await fixture.Branches.GetBranchAsync(new() { Name = branch }, fixture.Lab)).Branch.State;

    /// <summary>Both sides changed one cell, and the source added a record.</summary>
    private async Task<Trial> ConflictAsync(string word)
    {
        var trial = await Trial.CreateAsync(fixture, word);
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"), ("s3", 60, "active", "c3"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        return trial;
    }

    private async Task<long> CountMergesAsync(Trial trial)
    {
        var target = trial.Branch("target").Split('/')[^1];
        var sql = $"SELECT count(*) FROM branching.merge WHERE target_name = '{target}'";
        return (long)(await fixture.AsOwnerAsync(sql))!;
    }

    /// <summary>
    /// The next transaction that comes to the point dies there, once: the sequence counts outside of transactions.
    /// </summary>
    /// <param name="point">A statement on the table, or COMMIT of a transaction that inserted into it.</param>
    private async Task KillAsync(string table, string point)
    {
        var when = point == "COMMIT" ? "CONSTRAINT TRIGGER killing AFTER INSERT" : $"TRIGGER killing BEFORE {point}";
        var deferred = point == "COMMIT" ? "DEFERRABLE INITIALLY DEFERRED" : "";
        await fixture.AsOwnerAsync(
            $"""
            DO $do$
            DECLARE
                place record;
            BEGIN
                FOR place IN SELECT tgrelid::regclass AS relation FROM pg_trigger WHERE tgname = 'killing' LOOP
                    EXECUTE format('DROP TRIGGER killing ON %s', place.relation);
                END LOOP;
            END
            $do$;
            DROP SEQUENCE IF EXISTS public.kills;
            CREATE SEQUENCE public.kills;
            CREATE OR REPLACE FUNCTION public.kill_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                IF nextval('public.kills') = 1 THEN
                    PERFORM pg_terminate_backend(pg_backend_pid());
                    PERFORM pg_sleep(60);
                END IF;
                RETURN NEW;
            END
            $$;
            CREATE {when} ON {table} {deferred} FOR EACH ROW EXECUTE FUNCTION public.kill_once();
            """
        );
    }
}
