using Dendrite.BranchService.Tests.Merging;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;
using static Dendrite.BranchService.Tests.Signals.SignalLab;

namespace Dendrite.BranchService.Tests.Signals;

public sealed class SignalRevertTests(SignalLab lab) : IClassFixture<SignalLab>
{
    [Fact]
    public async Task A_merge_is_undone_with_the_streams_and_records_that_it_brought_and_can_be_redone()
    {
        var trial = await Trial.CreateAsync(lab.Lab, "undo");
        await lab.AppendAsync("undo-target", 0, 100);
        await lab.Lab.CreateAsync("undo-experiment", new() { Branch = Branch("undo-target") });
        await lab.AppendAsync("undo-experiment", 0, 50, stream: "ecg");
        await lab.AppendAsync("undo-experiment", "eeg", Note(10, "spike"));
        await trial.PutAsync("experiment", ("s3", 60, "active", "c3"));
        var pair = new MergePair { Source = Branch("undo-experiment"), Target = Branch("undo-target") };
        var merged = await lab.Lab.Merges.MergeBranchAsync(new() { Pair = pair }, lab.Lab.Lab);
        await lab.AppendAsync("undo-target", 100, 20);

        var reverted = await RevertAsync("undo-target", merged.Merge.Commit.Version);

        Assert.Equal(["eeg"], await StreamsAsync("undo-target"));
        Assert.Empty(await NotesAsync("undo-target"));
        Assert.Equal(["s1 40 placebo c1", "s2 50 active c2"], await trial.SubjectsAsync("target"));
        Assert.Equal(Made(0, 120), await lab.SamplesAsync("undo-target"));
        // Undoing the undoing brings all of it back.
        await RevertAsync("undo-target", reverted.Version);
        Assert.Equal(["ecg", "eeg"], await StreamsAsync("undo-target"));
        Assert.Equal(["spike"], await NotesAsync("undo-target"));
        Assert.Equal(3, (await trial.SubjectsAsync("target")).Count);
        Assert.Null((await VerifyAsync("undo-target")).HistoryBreak);
    }

    [Fact]
    public async Task A_stream_that_was_recorded_on_since_it_was_made_goes_only_by_decision()
    {
        await lab.Lab.CreateAsync("since");
        await lab.AppendAsync("since", "ecg");
        var made = await HeadAsync("since");
        await lab.AppendAsync("since", 0, 10, stream: "ecg");

        await RefusedAsync(StatusCode.Aborted, ErrorReason.MergeConflict, () => Revert("since", made));
        Assert.Equal(["ecg"], await StreamsAsync("since"));
        await RevertAsync("since", made, new() { Strategy = MergeStrategy.TakeSource });

        Assert.Empty(await StreamsAsync("since"));
    }

    [Fact]
    public async Task A_stream_made_again_under_its_name_gives_way_to_the_one_of_before_and_comes_back_with_the_next()
    {
        var pair = await lab.ForkAsync("rebuilt");
        await lab.Ingest.DeleteStreamAsync(new() { Name = Stream("rebuilt-source") }, lab.Lab.Lab);
        await lab.AppendAsync("rebuilt-source", 0, 50, shift: 7);
        var merged = await lab.Lab.Merges.MergeBranchAsync(new() { Pair = pair }, lab.Lab.Lab);
        Assert.Equal(Made(0, 50, shift: 7), await lab.SamplesAsync("rebuilt-target"));

        var reverted = await RevertAsync("rebuilt-target", merged.Merge.Commit.Version);

        Assert.Equal(Made(0, 100), await lab.SamplesAsync("rebuilt-target"));
        await RevertAsync("rebuilt-target", reverted.Version);
        Assert.Equal(Made(0, 50, shift: 7), await lab.SamplesAsync("rebuilt-target"));
        // Whoever recorded on decides first.
        await lab.AppendAsync("rebuilt-target", 50, 10);
        var again = merged.Merge.Commit.Version;
        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.NotRevertible,
            () => Revert("rebuilt-target", again, new() { Strategy = MergeStrategy.TakeTarget })
        );
    }

    [Theory]
    [InlineData(MergeStrategy.TakeTarget)]
    [InlineData(MergeStrategy.Fail)]
    public async Task A_stream_made_again_that_was_described_anew_since_does_not_stand_beside_the_one_of_before(
        MergeStrategy strategy
    )
    {
        var word = $"renamed-{(int)strategy}";
        var pair = await lab.ForkAsync(word);
        await lab.Ingest.DeleteStreamAsync(new() { Name = Stream($"{word}-source") }, lab.Lab.Lab);
        await lab.AppendAsync($"{word}-source", 0, 50, shift: 7);
        var merged = await lab.Lab.Merges.MergeBranchAsync(new() { Pair = pair }, lab.Lab.Lab);
        var was = await DescribeAsync($"{word}-target", "sleep");

        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.NotRevertible,
            () => Revert($"{word}-target", merged.Merge.Commit.Version, new() { Strategy = strategy })
        );

        Assert.Equal(["eeg"], await StreamsAsync($"{word}-target"));
        // Described as before, it goes.
        await DescribeAsync($"{word}-target", was);
        await RevertAsync($"{word}-target", merged.Merge.Commit.Version);
        Assert.Equal(Made(0, 100), await lab.SamplesAsync($"{word}-target"));
    }

    [Fact]
    public async Task Samples_that_were_added_to_a_stream_are_not_taken_out()
    {
        await lab.Lab.CreateAsync("added");
        await lab.AppendAsync("added", 0, 10);
        await lab.AppendAsync("added", 10, 10);

        var head = await HeadAsync("added");
        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.NotRevertible,
            () => Revert("added", head)
        );

        Assert.Contains("'eeg'", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(Made(0, 20), await lab.SamplesAsync("added"));
    }

    [Fact]
    public async Task A_gateway_that_has_a_stream_open_learns_that_it_was_undone()
    {
        await lab.Lab.CreateAsync("live");
        using var writer = await lab.OpenAsync("live", "ecg");
        await RevertAsync("live", await HeadAsync("live"));

        await writer.SendAsync(Block(0, 10));

        Assert.Equal(ErrorReason.WriterFenced, await writer.HearFailureAsync());
        Assert.Empty(await StreamsAsync("live"));
    }

    [Fact]
    public async Task A_stream_that_stays_as_it_is_by_choice_is_not_written_again_and_its_gateway_goes_on()
    {
        await lab.Lab.CreateAsync("staying");
        using var writer = await lab.OpenAsync("staying", "ecg");
        var made = await HeadAsync("staying");
        await writer.SendAsync(Block(0, 10));
        await writer.HearUntilAsync(10);

        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.NotRevertible,
            () => Revert("staying", made, new() { Strategy = MergeStrategy.TakeTarget })
        );

        await writer.SendAsync(Block(10, 10));
        await writer.HearUntilAsync(20);
    }

    private static AppendRequest Note(long sample, string text) =>
        new()
        {
            Annotations = new()
            {
                Annotations =
                {
                    new Annotation { StartSample = sample, Text = text },
                },
            },
        };

    private AsyncUnaryCall<RevertCommitResponse> Revert(string branch, long version, MergePolicy? policy = null) =>
        lab.Lab.Merges.RevertCommitAsync(
            new()
            {
                Commit = $"{Branch(branch)}/commits/{version}",
                Branch = Branch(branch),
                Policy = policy,
            },
            lab.Lab.Lab
        );

    private async Task<Commit> RevertAsync(string branch, long version, MergePolicy? policy = null) =>
        (await Revert(branch, version, policy)).Commit;

    /// <returns>What it was called before.</returns>
    private async Task<string> DescribeAsync(string branch, string displayName)
    {
        var stream = (await lab.Query.GetStreamAsync(new() { Name = Stream(branch) }, lab.Lab.Lab)).Stream;
        var was = stream.DisplayName;
        stream.DisplayName = displayName;
        var request = new UpdateStreamRequest
        {
            Stream = stream,
            UpdateMask = new() { Paths = { "display_name" } },
        };
        await lab.Ingest.UpdateStreamAsync(request, lab.Lab.Lab);
        return was;
    }

    private async Task<long> HeadAsync(string branch)
    {
        var request = new ListCommitsRequest { Parent = Branch(branch), PageSize = 1 };
        return (await lab.Lab.History.ListCommitsAsync(request, lab.Lab.Lab)).Commits[0].Version;
    }

    private async Task<IEnumerable<string>> StreamsAsync(string branch)
    {
        var listed = await lab.Query.ListStreamsAsync(new() { Parent = Branch(branch) }, lab.Lab.Lab);
        return listed.Streams.Select(stream => stream.Name.Split('/')[^1]);
    }

    private async Task<IEnumerable<string>> NotesAsync(string branch)
    {
        var listed = await lab.Query.ListAnnotationsAsync(new() { Parent = Stream(branch) }, lab.Lab.Lab);
        return listed.Annotations.Select(note => note.Text);
    }

    private async Task<VerifyHistoryResponse> VerifyAsync(string branch)
    {
        var request = new VerifyHistoryRequest { Parent = Branch(branch), IncludeData = true };
        using var call = lab.Lab.History.VerifyHistory(request, lab.Lab.Lab);
        return (await call.ResponseStream.ReadAllAsync().ToListAsync())[^1];
    }
}
