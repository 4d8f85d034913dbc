using Dendrite.Errors;
using Dendrite.IngestService.Tests;
using Dendrite.V1;
using static Dendrite.BranchService.Tests.Signals.SignalLab;

namespace Dendrite.BranchService.Tests.Signals;

/// <summary>What a gateway sends to a branch into which something was merged meanwhile.</summary>
public sealed class AppendAfterMergeTests(SignalLab lab) : IClassFixture<SignalLab>
{
    private const string Id = "00000000-0000-4000-8000-000000000001";

    [Fact]
    public async Task An_annotation_sent_again_counts_over_what_a_merge_made_of_it()
    {
        var pair = await ForkAsync("note", Note("x"));
        await lab.AppendAsync("note-source", "eeg", Note("y"));
        await MergeAsync(pair);
        Assert.Equal(["y"], await NotesAsync(pair));

        await lab.AppendAsync("note-target", "eeg", Note("x"));

        Assert.Equal(["x"], await NotesAsync(pair));
    }

    [Fact]
    public async Task A_time_anchor_sent_again_counts_over_what_a_merge_made_of_it()
    {
        var pair = await ForkAsync("anchor", Anchor(1));
        await lab.AppendAsync("anchor-source", "eeg", Anchor(2));
        await MergeAsync(pair);
        Assert.Equal([2], await AnchorsAsync(pair));

        await lab.AppendAsync("anchor-target", "eeg", Anchor(1));

        Assert.Equal([1], await AnchorsAsync(pair));
    }

    [Fact]
    public async Task What_is_sent_again_while_nothing_else_was_said_of_it_is_one_row()
    {
        var pair = await ForkAsync("again", Note("x"), Anchor(1));
        await lab.AppendAsync("again-source", 0, 10);
        await MergeAsync(pair);
        var rows = await CountRowsAsync();

        await lab.AppendAsync("again-target", "eeg", Note("x"), Anchor(1));

        Assert.Equal(rows, await CountRowsAsync());
    }

    [Fact]
    public async Task A_gateway_whose_stream_gives_way_to_another_of_its_name_is_fenced()
    {
        var pair = await lab.ForkAsync("twin");
        await lab.AppendAsync("twin-source", 0, 5, stream: "emg");
        using var writer = await lab.OpenAsync("twin-target", "emg");
        await writer.SendAsync(Block(0, 3));
        await writer.HearUntilAsync(3);

        await MergeAsync(pair, new() { Strategy = MergeStrategy.TakeSource });
        await writer.SendAsync(Block(3, 20));

        Assert.Equal(ErrorReason.WriterFenced, await writer.HearFailureAsync());
        using var next = await lab.OpenAsync("twin-target", "emg");
        Assert.Equal(5, next.NextSample);
    }

    [Theory]
    [InlineData("finish", ErrorReason.StreamFinished)]
    [InlineData("delete", ErrorReason.StreamNotFound)]
    public async Task A_stream_without_samples_that_a_merge_ends_is_not_opened_while_it_is_merged(
        string end,
        ErrorReason refusal
    )
    {
        var pair = await ForkAsync(end);
        // Two groups, and nobody ever had it open.
        var descriptor = Recording.Descriptor();
        descriptor.Channels[^1].ChannelGroup = 1;
        await lab.Ingest.CreateStreamAsync(
            new()
            {
                Parent = pair.Target,
                StreamId = "empty",
                Stream = descriptor,
            },
            lab.Lab.Lab
        );
        await MergeAsync(new() { Source = pair.Target, Target = pair.Source });
        if (end == "finish")
        {
            using var last = await lab.OpenAsync($"{end}-source", "empty", descriptor);
            await last.CloseAsync(finish: true);
        }
        else
        {
            await lab.Ingest.DeleteStreamAsync(new() { Name = $"{pair.Source}/streams/empty" }, lab.Lab.Lab);
        }

        Task<MergeBranchResponse> merge;
        using var writer = new OpenWriter(lab.Ingest.Append(lab.Lab.Lab));
        await using (await lab.Lab.HoldMergesAsync())
        {
            merge = MergeAsync(pair);
            await lab.Lab.WaitUntilWaitingAsync(1);
            await writer.SendAsync(new() { Open = new() { Stream = $"{pair.Target}/streams/empty" } });
            await lab.Lab.WaitUntilWaitingAsync(2);
        }

        await merge;
        Assert.Equal(refusal, await writer.HearFailureAsync());
        var ends =
            "SELECT DISTINCT array_to_string(group_ends, ' ') FROM signals.writer WHERE cardinality(group_ends) > 1";
        Assert.Equal("0 0", await lab.Lab.AsOwnerAsync(ends));
    }

    /// <summary>A branch with what is sent, and a fork of it.</summary>
    private async Task<MergePair> ForkAsync(string word, params AppendRequest[] sent)
    {
        await lab.Lab.CreateAsync($"{word}-target");
        await lab.AppendAsync($"{word}-target", "eeg", sent);
        await lab.Lab.CreateAsync($"{word}-source", new() { Branch = Branch($"{word}-target") });
        return new() { Source = Branch($"{word}-source"), Target = Branch($"{word}-target") };
    }

    private static AppendRequest Note(string text)
    {
        var note = new Annotation
        {
            AnnotationId = Id,
            StartSample = 10,
            Text = text,
        };
        return new() { Annotations = new() { Annotations = { note } } };
    }

    private static AppendRequest Anchor(int second)
    {
        var anchor = new TimeAnchor
        {
            Sample = 0,
            Instant = new() { Seconds = second },
        };
        return new() { TimeAnchors = new() { Anchors = { anchor } } };
    }

    private async Task<IEnumerable<string>> NotesAsync(MergePair pair)
    {
        var request = new ListAnnotationsRequest { Parent = $"{pair.Target}/streams/eeg" };
        return (await lab.Query.ListAnnotationsAsync(request, lab.Lab.Lab)).Annotations.Select(note => note.Text);
    }

    private async Task<IEnumerable<long>> AnchorsAsync(MergePair pair)
    {
        var request = new ListTimeAnchorsRequest { Parent = $"{pair.Target}/streams/eeg" };
        var listed = await lab.Query.ListTimeAnchorsAsync(request, lab.Lab.Lab);
        return listed.Anchors.Select(anchor => anchor.Instant.Seconds);
    }

    private async Task<long> CountRowsAsync() =>
        (long)
            (
                await lab.Lab.AsOwnerAsync(
                    "SELECT (SELECT count(*) FROM signals.annotation) + (SELECT count(*) FROM signals.time_anchor)"
                )
            )!;

    private async Task<MergeBranchResponse> MergeAsync(MergePair pair, MergePolicy? policy = null) =>
        await lab.Lab.Merges.MergeBranchAsync(new() { Pair = pair, Policy = policy }, lab.Lab.Lab);
}
