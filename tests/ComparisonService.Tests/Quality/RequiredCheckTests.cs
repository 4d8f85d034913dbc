using Dendrite.ComparisonService.Tests.Experiments;
using Dendrite.ComparisonService.Tests.Records;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using Range = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Tests.Quality;

/// <summary>
/// What checks that are required do to merges into a protected branch: of each test <c>WORD-data</c> flows into
/// <c>WORD-main</c>.
/// </summary>
public sealed class RequiredCheckTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>, IAsyncDisposable
{
    private readonly List<string> made = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_check_of_streams_must_have_been_run_on_the_state_that_is_merged()
    {
        var bench = await StartAsync("run");
        var check = await RequireAsync(bench, "whole", new() { MaxMissingRatio = 0.1 });

        var unknown = await RefusedAsync("run");
        Assert.Equal(("run-whole", check.Name), (unknown.Check, unknown.QualityCheck));
        Assert.Matches(
            "^Quality check 'run-whole' has not been run on run-data@[0-9]+: run it there "
                + @"\(dendrite check run run-data@[0-9]+ --check run-whole\) and merge again\.$",
            unknown.Message
        );

        Assert.True((await bench.RunAsync(check)).Passed);
        await new RecordBench(lab, "run").PutAsync("data", ("s9", 30, "x"));
        await RefusedAsync("run");

        Assert.True((await bench.RunAsync(check)).Passed);
        Assert.Equal(MergeOutcome.FastForward, (await MergeAsync("run")).Outcome);
    }

    [Fact]
    public async Task What_the_newest_run_found_counts_and_a_check_that_was_changed_since_must_be_run_again()
    {
        var bench = await StartAsync("found", new Range(100, 400));
        var check = await RequireAsync(bench, "whole", new() { MaxMissingRatio = 0.1 });
        await bench.RunAsync(check);

        var failure = await RefusedAsync("found");
        Assert.Matches(
            @"^Quality check 'found-whole' does not hold of found-data@[0-9]+: eeg/C3 30\.00 % of its 1000 samples are "
                + @"missing\.$",
            failure.Message
        );

        var change = new QualityCheck { Name = check.Name, MaxMissingRatio = 0.5 };
        await lab.Quality.UpdateQualityCheckAsync(new() { QualityCheck = change }, lab.AdministratorKey);
        Assert.Contains("has not been run on", (await RefusedAsync("found")).Message, StringComparison.Ordinal);

        await bench.RunAsync(check);
        Assert.Equal(MergeOutcome.FastForward, (await MergeAsync("found")).Outcome);
    }

    [Fact]
    public async Task What_a_run_found_by_the_rule_of_before_says_nothing_however_late_it_began()
    {
        var bench = await StartAsync("late", new Range(100, 400));
        var check = await RequireAsync(bench, "whole", new() { MaxMissingRatio = 0.5 });
        Assert.True((await bench.RunAsync(check)).Passed);
        var change = new QualityCheck { Name = check.Name, MaxMissingRatio = 0.1 };
        await lab.Quality.UpdateQualityCheckAsync(new() { QualityCheck = change }, lab.AdministratorKey);
        // As though the checks had been read before the change, and the run begun after it.
        await using var later = lab.Database.Owner.CreateCommand(
            "UPDATE comparison.quality_result SET create_time = statement_timestamp() WHERE branch = 'late-data'"
        );
        Assert.Equal(1, await later.ExecuteNonQueryAsync(Token));

        Assert.Contains("has not been run on", (await RefusedAsync("late")).Message, StringComparison.Ordinal);

        // What it is called is no part of what it asks.
        await bench.RunAsync(check);
        change = new() { Name = check.Name, DisplayName = "Whole" };
        await lab.Quality.UpdateQualityCheckAsync(new() { QualityCheck = change }, lab.AdministratorKey);
        Assert.Contains("does not hold of", (await RefusedAsync("late")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checks_of_records_are_run_on_what_both_sides_make_together()
    {
        var bench = await StartAsync("both");
        const string Sql = "SELECT arm, count(*) AS subjects FROM subject GROUP BY arm HAVING count(*) > 1";
        await RequireAsync(bench, "balanced", new() { AssertionSql = Sql });
        RequiredRecordsRule rule = new()
        {
            DatasetId = "subject",
            RequiredDatasetId = "arms",
            Columns = { "arm" },
        };
        await RequireAsync(bench, "known-arms", new() { RequiredRecords = rule });
        var records = new RecordBench(lab, "both");
        await ProtectAsync("both", false);
        await records.PutAsync("main", ("s5", 30, "third"));
        await ProtectAsync("both", true);
        await records.PutAsync("data", ("s6", 30, "third"), ("s7", 30, "fourth"));
        await records.CreateDatasetAsync("data", "arms", Arm);
        await PutArmsAsync("data", "third");

        var failures = await PreviewAsync("both");

        Assert.Equal(["both-balanced", "both-known-arms"], failures.Select(failure => failure.Check));
        Assert.Equal(
            "Quality check 'both-balanced' does not hold of the result: arm third, subjects 2.",
            failures[0].Message
        );
        Assert.Equal(
            "Quality check 'both-known-arms' does not hold of the result: subject arm fourth has no record in dataset "
                + "'arms'.",
            failures[1].Message
        );

        await records.DeleteAsync("data", "s6");
        await PutArmsAsync("data", "fourth");
        Assert.Empty(await PreviewAsync("both"));
        Assert.Equal(MergeOutcome.Merged, (await MergeAsync("both")).Outcome);
    }

    [Fact]
    public async Task Every_check_that_fails_is_named_and_nothing_is_changed()
    {
        var bench = await StartAsync("all", new Range(100, 400));
        var missing = await RequireAsync(bench, "missing", new() { MaxMissingRatio = 0.1 });
        await RequireAsync(bench, "flat", new() { MaxFlatDuration = new() { Seconds = 1 } });
        await RequireAsync(bench, "old", new() { AssertionSql = "SELECT id FROM subject" });
        await bench.RunAsync(missing);
        var before = await HeadAsync("all");

        var refusal = await Assert.ThrowsAsync<RpcException>(() => MergeAsync("all"));

        Assert.Equal(ErrorReason.ChecksFailed, ErrorStatus.FromRpcException(refusal)!.Reason);
        Assert.StartsWith("3 checks of the result fail (all-old, all-flat, all-missing);", refusal.Status.Detail);
        var details = StatusDetails.Find(refusal)!.Details.Where(detail => detail.Is(CheckFailure.Descriptor));
        Assert.Equal(3, details.Count());
        Assert.Equal(before, await HeadAsync("all"));
    }

    [Fact]
    public async Task A_branch_that_is_not_protected_takes_merges_without_them()
    {
        var bench = await StartAsync("open");
        await RequireAsync(bench, "whole", new() { MaxMissingRatio = 0 });
        await RequireAsync(bench, "never", new() { AssertionSql = "SELECT id FROM subject" });
        await ProtectAsync("open", false);

        Assert.Equal(MergeOutcome.FastForward, (await MergeAsync("open")).Outcome);
    }

    [Theory]
    [InlineData("main")]
    [InlineData("data")]
    public async Task A_tag_of_the_targets_own_earlier_line_is_held_to_them_like_all_that_is_merged(string source)
    {
        var word = $"line-{source}";
        var bench = await StartAsync(word);
        await RequireAsync(bench, "few", new() { AssertionSql = "SELECT id FROM subject WHERE id = 's9'" });
        var main = Pair(word).Target;
        var before = await HeadAsync(word);
        await ProtectAsync(word, false);
        await new RecordBench(lab, word).PutAsync("main", ("s9", 30, "x"));
        var tag = new CreateTagRequest { Parent = "projects/lab", TagId = $"{word}-then" };
        tag.Source = new() { Branch = main };
        await lab.Tags.CreateTagAsync(tag, lab.Key);
        var reset = new ResetBranchRequest
        {
            Name = main,
            Point = new() { Version = before },
        };
        await lab.Branches.ResetBranchAsync(reset, lab.AdministratorKey);
        await ProtectAsync(word, true);
        var pair = new MergePair { Source = $"projects/lab/branches/{word}-{source}", Target = main };
        pair.SourcePoint = new() { Tag = $"projects/lab/tags/{word}-then" };

        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Merges.MergeBranchAsync(new() { Pair = pair }, lab.Key)
        );

        Assert.Equal(ErrorReason.ChecksFailed, ErrorStatus.FromRpcException(refusal)!.Reason);
    }

    [Fact]
    public async Task A_check_that_is_not_required_stands_in_nobodys_way()
    {
        var bench = await StartAsync("free", new Range(100, 400));
        var check = await bench.CreateAsync("whole", new() { MaxMissingRatio = 0.1 });
        Assert.False((await bench.RunAsync(check)).Passed);

        Assert.Equal(MergeOutcome.FastForward, (await MergeAsync("free")).Outcome);
    }

    /// <summary>Checks are the project's: those of one test shall not meet the merges of the next.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var name in made)
        {
            await lab.Quality.DeleteQualityCheckAsync(new() { Name = name }, lab.AdministratorKey);
        }
    }

    private static Column[] Arm =>
        [
            new()
            {
                Column_ = "id",
                Type = ColumnType.Text,
                Required = true,
            },
            new() { Column_ = "arm", Type = ColumnType.Text },
        ];

    private async Task<QualityBench> StartAsync(string word, params Range[] gaps)
    {
        var records = new RecordBench(lab, word);
        await records.ForkAsync("main");
        await records.CreateDatasetAsync("main");
        await records.PutAsync("main", ("s1", 30, "x"), ("s2", 40, "y"));
        await ProtectAsync(word, true);
        await records.ForkAsync("data", "main");
        var random = new Random(1);
        double[] samples = [.. Enumerable.Range(0, 1_000).Select(_ => random.NextDouble())];
        var signals = new RecordedSignals("eeg", 250, ("C3", samples)) { Gaps = gaps };
        await new SignalRecorder(lab.Database).RecordAsync($"{word}-data", signals);
        return new(lab, word);
    }

    private async Task<QualityCheck> RequireAsync(QualityBench bench, string id, QualityCheck check)
    {
        check.RequiredForMerge = true;
        var created = await bench.CreateAsync(id, check, bench.Branch);
        made.Add(created.Name);
        return created;
    }

    private async Task PutArmsAsync(string side, string arm)
    {
        var put = new PutRecordsRequest { Parent = $"projects/lab/branches/both-{side}/datasets/arms" };
        foreach (var one in new[] { "x", "y", arm })
        {
            put.Records.Add(
                new RecordPut
                {
                    Values = new()
                    {
                        Fields =
                        {
                            ["id"] = Google.Protobuf.WellKnownTypes.Value.ForString(one),
                            ["arm"] = Google.Protobuf.WellKnownTypes.Value.ForString(one),
                        },
                    },
                }
            );
        }

        await lab.Records.PutRecordsAsync(put, lab.Key);
    }

    private Task ProtectAsync(string word, bool isProtected) =>
        lab
            .Branches.SetBranchProtectionAsync(
                new() { Name = $"projects/lab/branches/{word}-main", Protected = isProtected },
                lab.AdministratorKey
            )
            .ResponseAsync;

    private static MergePair Pair(string word) =>
        new() { Source = $"projects/lab/branches/{word}-data", Target = $"projects/lab/branches/{word}-main" };

    private async Task<MergeBranchResponse> MergeAsync(string word) =>
        await lab.Merges.MergeBranchAsync(
            new() { Pair = Pair(word) },
            new CallOptions(lab.Key, cancellationToken: Token)
        );

    private async Task<CheckFailure> RefusedAsync(string word)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(word));
        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
        return StatusDetails.Find<CheckFailure>(StatusDetails.Find(refusal)!)!;
    }

    private async Task<IReadOnlyList<CheckFailure>> PreviewAsync(string word) =>
        (await lab.Merges.PreviewMergeAsync(new() { Pair = Pair(word) }, lab.Key)).CheckFailures;

    private async Task<long> HeadAsync(string word) =>
        (await lab.Branches.GetBranchAsync(new() { Name = $"projects/lab/branches/{word}-main" }, lab.Key))
            .Branch
            .HeadVersion;
}
