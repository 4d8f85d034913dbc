using Dendrite.V1;

namespace Dendrite.ComparisonService.Tests.Reports;

/// <summary>What there is little or nothing to say about is said clearly.</summary>
public sealed class OddReportTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private const int Rate = ReportBench.Rate;

    [Fact]
    public async Task An_empty_branch_has_nothing_in_common_with_one_that_is_not()
    {
        var bench = new ReportBench(lab, "empty");
        await bench.ForkAsync("a");
        await bench.ForkAsync("b");
        await bench.RecordAsync("b", new("eeg", Rate, ("C3", ReportBench.Wave(1, 8, 1))));

        var text = await bench.ReadTextAsync(await bench.MakeAsync());

        Assert.Contains("Streams: 1 only on the new side.", text);
        Assert.Contains("no channel in common", text);
        Assert.Contains("eeg: 1 channel only in to: C3.", text);
    }

    [Fact]
    public async Task A_branch_before_its_first_commit_is_compared_with_itself()
    {
        var bench = new ReportBench(lab, "new");
        await bench.ForkAsync("a");

        var text = await bench.ReadTextAsync(await bench.MakeAsync("a", "a"));

        Assert.Contains("Both sides are the same state of the data", text);
        Assert.Contains("Neither side has a channel", text);
    }

    [Fact]
    public async Task A_recording_compared_with_itself_shows_no_difference_and_claims_no_equality()
    {
        var bench = new ReportBench(lab, "same");
        await bench.RecordBothAsync();

        var text = await bench.ReadTextAsync(await bench.MakeAsync("a", "a"));

        Assert.Contains("Both sides are the same state of the data", text);
        Assert.Contains("No difference was shown", text);
        Assert.Contains("does not say that the sides are equal", text);
    }

    [Fact]
    public async Task Streams_without_a_common_channel_are_named()
    {
        var bench = new ReportBench(lab, "apart");
        await bench.ForkAsync("a");
        await bench.ForkAsync("b");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", ReportBench.Wave(1, 8, 1))));
        await bench.RecordAsync("b", new("eeg", Rate, ("Pz", ReportBench.Wave(1, 8, 1))));

        var text = await bench.ReadTextAsync(await bench.MakeAsync());

        Assert.Contains("eeg: 1 channel only in from: C3.", text);
        Assert.Contains("eeg: 1 channel only in to: Pz.", text);
    }

    [Fact]
    public async Task Stretches_that_are_no_numbers_are_left_out_of_figures_and_blank_in_plots()
    {
        var bench = new ReportBench(lab, "holes");
        await bench.ForkAsync("a");
        await bench.ForkAsync("b");
        var holes = ReportBench.Wave(1, 20, 1);
        holes.AsSpan(5 * Rate, 6 * Rate).Fill(double.NaN);
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", holes)));
        await bench.RecordAsync("b", new("eeg", Rate, ("C3", ReportBench.Wave(2, 20, 1))));

        var json = await bench.ReadTextAsync(await bench.MakeAsync(), ReportFormat.Json);

        Assert.Contains("\"NaN\"", json);
        Assert.Contains("\"missingSampleCount\": \"768\"", json);
        Assert.Contains("\"bucketSeconds\"", json);
    }

    [Fact]
    public async Task Other_rates_and_no_samples_are_told_and_drawn_as_far_as_they_go()
    {
        var bench = new ReportBench(lab, "rates");
        await bench.ForkAsync("a");
        await bench.ForkAsync("b");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", ReportBench.Wave(1, 20, 1))));
        await bench.RecordAsync("b", new("eeg", 2 * Rate, ("C3", ReportBench.Wave(2, 20, 1))));
        await bench.RecordAsync("a", new("lfp", Rate, ("L1", ReportBench.Wave(1, 8, 1))));
        await bench.RecordAsync("b", new("lfp", Rate, ("L1", [])));

        var report = await bench.MakeAsync();
        var (text, html) = (await bench.ReadTextAsync(report), await bench.ReadTextAsync(report, ReportFormat.Html));

        Assert.Contains("| eeg: C3 | to | 2,560 | 0 | 256 | 10 s |", text);
        Assert.Contains("lfp: L1: waveforms", html);
        Assert.Contains("not tested", text);
    }

    [Fact]
    public async Task What_the_old_side_changed_since_both_parted_is_left_out_where_that_is_asked()
    {
        var bench = new ReportBench(lab, "parted");
        await bench.ForkAsync("a");
        await lab.Recorder.ForkAsync("parted-b", "parted-a");
        await bench.RecordAsync("a", new("ours", Rate, ("C3", ReportBench.Wave(1, 8, 1))));
        await bench.RecordAsync("b", new("theirs", Rate, ("C3", ReportBench.Wave(1, 8, 1))));
        var request = bench.Request();
        request.Comparand.Mode = DiffMode.FromMergeBase;

        var text = await bench.ReadTextAsync(await bench.MakeAsync(request));

        Assert.Contains("theirs", text);
        Assert.DoesNotContain("ours |", text);
        Assert.Contains("merge base", text);
    }

    [Fact]
    public async Task A_new_side_without_changes_since_the_merge_base_is_not_the_same_as_an_old_one_that_has_some()
    {
        var bench = new ReportBench(lab, "behind");
        await bench.ForkAsync("a");
        await lab.Recorder.ForkAsync("behind-b", "behind-a");
        await bench.RecordAsync("a", new("ours", Rate, ("C3", ReportBench.Wave(1, 8, 1))));
        var request = bench.Request();
        request.Comparand.Mode = DiffMode.FromMergeBase;

        var text = await bench.ReadTextAsync(await bench.MakeAsync(request));

        Assert.Contains("The new side has changed nothing since the merge base", text);
        Assert.DoesNotContain("Both sides are the same", text);
    }
}
