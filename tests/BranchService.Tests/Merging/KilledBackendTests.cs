using Dendrite.V1;
using Grpc.Core;

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
        var request = new FinalizeBranchRequest
        {
            Pair = trial.Pair,
            Policy = new() { Strategy = MergeStrategy.TakeSource },
            TagId = $"final-{number}",
            RequestId = $"{Guid.CreateVersion7()}",
        };
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
