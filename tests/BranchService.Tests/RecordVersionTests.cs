using Dendrite.BranchService.Tests.Merging;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

public sealed class RecordVersionTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_change_is_told_against_what_its_writer_saw_and_keeps_its_author_through_a_merge()
    {
        var trial = await Trial.CreateAsync(fixture, "audit");
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 40, "active", "c1"));
        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);

        var versions = await ListAsync(trial, "target", "s1");

        Assert.Equal(
            [
                "audit-target a test: age 40>41",
                "audit-target tests: arm placebo>active",
                "audit-source tests: age 40>41",
                "audit-target tests: id ->s1, age ->40, arm ->placebo, code ->c1",
            ],
            versions.Select(Describe)
        );
        var ages = await ListAsync(trial, "target", "s1", "age");
        Assert.Equal(["age 40>41", "age 40>41", "age ->40"], ages.Select(version => Cells(version)));
    }

    [Theory]
    [InlineData(MergeStrategy.TakeTarget, "age 41>42", "42")]
    [InlineData(MergeStrategy.TakeSource, "age 42>41", "41")]
    public async Task The_newest_change_of_a_cell_is_what_holds_whichever_side_a_merge_decided_for(
        MergeStrategy strategy,
        string told,
        string held
    )
    {
        var trial = await Trial.CreateAsync(fixture, $"settled-{held}");
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        // Another row of the target's that does not name the age and is the newest of all.
        await trial.PutAsync("target", ("s1", 42, "active", "c1"));
        await fixture.Merges.MergeBranchAsync(
            new()
            {
                Pair = trial.Pair,
                Policy = new() { Strategy = strategy },
            },
            fixture.Lab
        );

        var ages = await ListAsync(trial, "target", "s1", "age");

        Assert.Equal([told, "age 40>41", "age 40>42", "age ->40"], ages.Select(version => Cells(version)));
        Assert.Contains($"s1 {held} active c1", await trial.SubjectsAsync("target"));
        // The other columns are told once.
        Assert.Equal(told, Cells((await ListAsync(trial, "target", "s1"))[0]));
    }

    [Fact]
    public async Task What_a_merge_settled_is_told_also_where_the_losers_row_lies_far_behind_it()
    {
        var trial = await Trial.CreateAsync(fixture, "settled-long-ago");
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        for (var i = 0; i < 320; i++)
        {
            await trial.PutAsync("target", ("s1", 42, i % 2 == 0 ? "active" : "placebo", "c1"));
        }

        var policy = new MergePolicy { Strategy = MergeStrategy.TakeTarget };
        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair, Policy = policy }, fixture.Lab);

        var ages = await ListAsync(trial, "target", "s1", "age");

        Assert.Equal(["age 41>42", "age 40>41", "age 40>42", "age ->40"], ages.Select(version => Cells(version)));
    }

    [Fact]
    public async Task A_merge_that_keeps_a_record_deleted_says_so_of_what_the_other_side_wrote()
    {
        var trial = await Trial.CreateAsync(fixture, "stays-gone");
        await trial.DeleteAsync("target", "s1");
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        var policy = new MergePolicy { Strategy = MergeStrategy.TakeTarget };
        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair, Policy = policy }, fixture.Lab);

        var newest = (await ListAsync(trial, "target", "s1", "age"))[0];

        Assert.Equal((true, "age 41>-"), (newest.Deleted, Cells(newest)));
    }

    [Fact]
    public async Task A_fork_shows_what_came_before_it_and_nothing_that_its_parent_did_since()
    {
        var trial = await Trial.CreateAsync(fixture, "fork");
        await trial.PutAsync("target", ("s1", 44, "placebo", "c1"));
        await trial.PutAsync("source", ("s1", 40, "placebo", "c9"));
        await trial.DeleteAsync("source", "s1");

        var versions = await ListAsync(trial, "source", "s1");

        Assert.Equal([true, false, false], versions.Select(version => version.Deleted));
        Assert.Equal(["fork-source", "fork-source", "fork-target"], versions.Select(BranchOf));
        Assert.Equal("code c1>c9", Cells(versions[1]));
    }

    [Fact]
    public async Task What_was_written_in_a_branch_that_is_gone_stays_in_the_history_with_its_author()
    {
        var trial = await Trial.CreateAsync(fixture, "gone");
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("source", ("s1", 41, "active", "c1"));
        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        await fixture.PurgeAsync("gone-source");

        var versions = await ListAsync(trial, "target", "s1");

        Assert.Equal(
            ["arm placebo>active", "age 40>41", "id ->s1, age ->40, arm ->placebo, code ->c1"],
            versions.Select(version => Cells(version))
        );
        Assert.Equal(["gone-source", "gone-source", "gone-target"], versions.Select(BranchOf));
        Assert.All(versions, version => Assert.Equal("tests", version.Commit.Author));
        Assert.All(versions, version => Assert.NotNull(version.Commit.CommitTime));
    }

    [Fact]
    public async Task A_commit_of_a_branch_that_is_gone_is_found_by_the_name_that_it_had_whoever_has_that_now()
    {
        var trial = await Trial.CreateAsync(fixture, "last");
        var version = await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        var merged = (await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab)).Merge;
        await fixture.Branches.RenameBranchAsync(
            new() { Name = trial.Branch("source"), NewBranchId = "last-name" },
            fixture.Lab
        );
        await fixture.PurgeAsync("last-name");
        await fixture.CreateAsync("last-name");

        var commit = (await ListAsync(trial, "target", "s1"))[0].Commit;

        Assert.Equal($"{trial.Branch("name")}/commits/{version}", commit.Name);
        Assert.Equal(commit, (await fixture.History.GetCommitAsync(new() { Name = commit.Name }, fixture.Lab)).Commit);
        var shown = await fixture.Merges.GetMergeAsync(new() { Name = merged.Name }, fixture.Lab);
        Assert.Equal(trial.Branch("name"), shown.Merge.Pair.Source);
        Assert.Equal(commit.Name, shown.Merge.Commit.MergedCommit);
    }

    [Fact]
    public async Task Pages_of_the_changes_of_one_column_hold_each_change_once()
    {
        var trial = await Trial.CreateAsync(fixture, "pages");
        for (var i = 0; i < 5; i++)
        {
            await trial.PutAsync("target", ("s1", 50 + i, "placebo", "c1"));
            await trial.PutAsync("target", ("s1", 50 + i, $"arm {i}", "c1"));
            await trial.PutAsync("target", ("s1", 50 + i, "placebo", "c1"));
        }

        var request = Request(trial, "target", "s1", "age");
        request.PageSize = 2;
        List<string> changes = [];
        do
        {
            var page = await fixture.History.ListRecordVersionsAsync(request, fixture.Lab);
            Assert.InRange(page.Versions.Count, 1, 2);
            changes.AddRange(page.Versions.Select(version => Cells(version, "age")));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        Assert.Equal(["age 53>54", "age 52>53", "age 51>52", "age 50>51", "age 40>50", "age ->40"], changes);
    }

    [Fact]
    public async Task A_record_that_never_was_and_a_column_that_is_not_are_told_apart()
    {
        var trial = await Trial.CreateAsync(fixture, "none");

        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.RecordNotFound,
            () => fixture.History.ListRecordVersionsAsync(Request(trial, "target", "s9"), fixture.Lab)
        );
        var refusal = await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () => fixture.History.ListRecordVersionsAsync(Request(trial, "target", "s1", "height"), fixture.Lab)
        );
        Assert.Equal("column", Assert.Single(refusal.FieldViolations).Field);
    }

    private async Task<IReadOnlyList<RecordVersion>> ListAsync(
        Trial trial,
        string side,
        string record,
        string column = ""
    ) => (await fixture.History.ListRecordVersionsAsync(Request(trial, side, record, column), fixture.Lab)).Versions;

    private static ListRecordVersionsRequest Request(Trial trial, string side, string record, string column = "") =>
        new() { Name = $"{trial.Branch(side)}/datasets/subject/records/{record}", Column = column };

    private static string Describe(RecordVersion version) =>
        $"{BranchOf(version)} {version.Commit.Author}: {Cells(version)}";

    private static string BranchOf(RecordVersion version) => version.Commit.Name.Split('/')[3];

    private static string Cells(RecordVersion version, string column = "") =>
        string.Join(
            ", ",
            version
                .Changes.Where(change => column.Length == 0 || change.Column == column)
                .Select(change => $"{change.Column} {Text(change.From)}>{Text(change.To)}")
        );

    private static string Text(Google.Protobuf.WellKnownTypes.Value? value) =>
        value switch
        {
            null => "-",
            { KindCase: Google.Protobuf.WellKnownTypes.Value.KindOneofCase.StringValue } => value.StringValue,
            _ => $"{value}",
        };
}
