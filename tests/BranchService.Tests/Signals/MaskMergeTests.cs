using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.Signals.SignalLab;

namespace Dendrite.BranchService.Tests.Signals;

/// <summary>Masks merge like annotations, and never hide what their writer did not see.</summary>
public sealed class MaskMergeTests(SignalLab lab) : IClassFixture<SignalLab>
{
    [Fact]
    public async Task What_the_source_hid_is_hidden_after_the_merge_and_what_the_target_recorded_is_seen()
    {
        var pair = await lab.ForkAsync("hid");
        await MaskAsync("hid-source", 20, 60);
        await lab.AppendAsync("hid-target", 100, 30);

        await MergeAsync(pair);

        Assert.Equal([.. Made(0, 20), .. new short?[40], .. Made(60, 70)], await lab.SamplesAsync("hid-target"));
    }

    [Fact]
    public async Task Masks_of_both_sides_hide_together()
    {
        var pair = await lab.ForkAsync("two");
        await MaskAsync("two-source", 0, 10);
        await MaskAsync("two-target", 80, 90);
        await MergeAsync(pair);
        Assert.Equal(
            [.. new short?[10], .. Made(10, 70), .. new short?[10], .. Made(90, 10)],
            await lab.SamplesAsync("two-target")
        );
    }

    [Fact]
    public async Task A_mask_over_samples_that_the_other_side_recorded_itself_is_a_clash()
    {
        var pair = await lab.ForkAsync("own");
        await lab.AppendAsync("own-source", 100, 50);
        await MaskAsync("own-source", 120, 130);
        await lab.AppendAsync("own-target", 100, 50);

        var preview = await lab.Lab.Merges.PreviewMergeAsync(new() { Pair = pair }, lab.Lab.Lab);

        var conflict = Assert.Single(preview.Conflicts);
        Assert.Equal((120, 130), (conflict.Samples.Range.StartSample, conflict.Samples.Range.EndSample));
    }

    [Fact]
    public async Task A_revert_takes_a_mask_back_and_a_revert_of_that_puts_it_again()
    {
        await lab.Lab.CreateAsync("veil");
        await lab.AppendAsync("veil", 0, 30);
        var masked = await MaskAsync("veil", 10, 20);
        var reverted = await RevertAsync("veil", masked);
        Assert.Equal(Made(0, 30), await lab.SamplesAsync("veil"));
        await lab.AppendAsync("veil", 30, 5);
        await RevertAsync("veil", reverted);
        Assert.Equal([.. Made(0, 10), .. new short?[10], .. Made(20, 15)], await lab.SamplesAsync("veil"));

        var request = new VerifyHistoryRequest { Parent = Branch("veil"), IncludeData = true };
        using var call = lab.Lab.History.VerifyHistory(request, lab.Lab.Lab);
        var verified = await call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken).ToListAsync();
        Assert.Null(verified[^1].HistoryBreak);
    }

    private async Task<long> MaskAsync(string branch, long start, long end) =>
        (
            await lab.Ingest.MaskSamplesAsync(
                new()
                {
                    Stream = Stream(branch),
                    Range = new() { StartSample = start, EndSample = end },
                    Reason = "a test",
                },
                lab.Lab.Lab
            )
        ).Version;

    private async Task<long> RevertAsync(string branch, long version)
    {
        var request = new RevertCommitRequest
        {
            Branch = Branch(branch),
            Commit = $"{Branch(branch)}/commits/{version}",
        };
        return (await lab.Lab.Merges.RevertCommitAsync(request, lab.Lab.Lab)).Commit.Version;
    }

    private async Task<MergeBranchResponse> MergeAsync(MergePair pair) =>
        await lab.Lab.Merges.MergeBranchAsync(new() { Pair = pair }, lab.Lab.Lab);
}
