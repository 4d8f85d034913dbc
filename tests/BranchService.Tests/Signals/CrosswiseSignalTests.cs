using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.Signals.SignalLab;

namespace Dendrite.BranchService.Tests.Signals;

/// <summary>Descriptors and annotations of streams where two branches took in the same two others.</summary>
public sealed class CrosswiseSignalTests(SignalLab lab) : IClassFixture<SignalLab>
{
    [Fact]
    public async Task A_descriptor_that_goes_back_to_what_it_was_before_both_is_a_change()
    {
        var pair = await ForkAsync("back");
        await UpdateAsync("back-f", stream => stream.DisplayName = "new");
        await UpdateAsync("back-g", stream => stream.Labels["site"] = "berlin");
        await CrossAsync(pair, "back");
        await UpdateAsync("back-source", stream => stream.DisplayName = "old");

        var merged = await MergeAsync(pair);

        var stream = (await lab.Query.GetStreamAsync(new() { Name = Stream("back-target") }, lab.Lab.Lab)).Stream;
        Assert.Equal((0, "old", "berlin"), (merged.Merge.Counts.Conflicts, stream.DisplayName, stream.Labels["site"]));
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource)]
    public async Task One_conflict_over_a_descriptor_decided_differently_is_a_conflict_again(
        MergeStrategy ofSource,
        MergeStrategy ofTarget
    )
    {
        var word = $"twice-{(int)ofSource}";
        var pair = await ForkAsync(word);
        await UpdateAsync($"{word}-f", stream => stream.DisplayName = "one");
        await UpdateAsync($"{word}-g", stream => stream.DisplayName = "other");
        await CrossAsync(pair, word, ofSource, ofTarget);

        await DemandConflictAsync(pair, ConflictKind.Cell);
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget, ConflictKind.ChangedAndDeleted)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource, ConflictKind.DeletedAndChanged)]
    public async Task A_stream_that_one_kept_and_another_deleted_goes_only_by_decision(
        MergeStrategy ofSource,
        MergeStrategy ofTarget,
        ConflictKind kind
    )
    {
        var word = $"torn-{(int)ofSource}";
        var pair = await ForkAsync(word);
        await lab.Ingest.DeleteStreamAsync(new() { Name = Stream($"{word}-f") }, lab.Lab.Lab);
        await UpdateAsync($"{word}-g", stream => stream.DisplayName = "other");
        await CrossAsync(pair, word, ofSource, ofTarget);

        await DemandConflictAsync(pair, kind);
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget, ConflictKind.ChangedAndDeleted)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource, ConflictKind.DeletedAndChanged)]
    public async Task A_stream_that_one_kept_for_its_samples_and_another_deleted_goes_only_by_decision(
        MergeStrategy ofSource,
        MergeStrategy ofTarget,
        ConflictKind kind
    )
    {
        var word = $"grown-{(int)ofSource}";
        var pair = await ForkAsync(word);
        await lab.Ingest.DeleteStreamAsync(new() { Name = Stream($"{word}-f") }, lab.Lab.Lab);
        await lab.AppendAsync($"{word}-g", 100, 20);
        await CrossAsync(pair, word, ofSource, ofTarget);

        await DemandConflictAsync(pair, kind);
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, 30)]
    [InlineData(MergeStrategy.TakeTarget, 20)]
    public async Task Of_two_streams_of_one_name_of_which_each_side_kept_another_one_stays(
        MergeStrategy taken,
        int samples
    )
    {
        var word = $"twin-{(int)taken}";
        var pair = await ForkAsync(word);
        await lab.AppendAsync($"{word}-f", 0, 20, stream: "ecg");
        await lab.AppendAsync($"{word}-g", 0, 30, stream: "ecg");
        await CrossAsync(pair, word, MergeStrategy.TakeSource, MergeStrategy.TakeTarget);

        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(pair));
        Assert.Equal(ErrorReason.MergeConflict, ErrorStatus.FromRpcException(failure)?.Reason);
        await MergeAsync(pair, taken);

        var stream = Stream($"{word}-target", "ecg");
        var read = await lab.ReadAsync(new() { Stream = stream });
        Assert.Equal(samples, read.Sum(response => response.Chunk?.SampleCount ?? 0));
    }

    [Fact]
    public async Task An_annotation_that_goes_back_to_what_it_was_before_both_is_a_change()
    {
        var id = new Guid(1, 0, 0, new byte[8]);
        var pair = await ForkAsync("note", async () => await NoteAsync("note-target", id, "spike", "a"));
        await NoteAsync("note-f", id, "seizure", "a");
        await NoteAsync("note-g", id, "spike", "b");
        await CrossAsync(pair, "note");
        Assert.Equal("seizure b", await NotedAsync("note-source"));
        await NoteAsync("note-source", id, "spike", "b");

        await MergeAsync(pair);

        Assert.Equal("spike b", await NotedAsync("note-target"));
    }

    [Fact]
    public async Task A_stream_whose_annotation_goes_back_is_not_deleted_in_silence()
    {
        var id = new Guid(1, 0, 0, new byte[8]);
        var pair = await ForkAsync("kept", async () => await NoteAsync("kept-target", id, "spike", "a"));
        await NoteAsync("kept-f", id, "seizure", "a");
        await NoteAsync("kept-g", id, "spike", "b");
        await CrossAsync(pair, "kept");
        await NoteAsync("kept-source", id, "spike", "b");
        await lab.Ingest.DeleteStreamAsync(new() { Name = Stream("kept-target") }, lab.Lab.Lab);

        await DemandConflictAsync(pair, ConflictKind.ChangedAndDeleted);
    }

    /// <summary>Branches f and g of the target as well.</summary>
    /// <param name="prepare">What the target has before the others fork from it.</param>
    private async Task<MergePair> ForkAsync(string word, Func<Task>? prepare = null)
    {
        await lab.Lab.CreateAsync($"{word}-target");
        await lab.AppendAsync($"{word}-target", 0, 100);
        await UpdateAsync($"{word}-target", stream => stream.DisplayName = "old");
        await (prepare?.Invoke() ?? Task.CompletedTask);
        foreach (var side in new[] { "f", "g", "source" })
        {
            await lab.Lab.CreateAsync($"{word}-{side}", new() { Branch = Branch($"{word}-target") });
        }

        return new() { Source = Branch($"{word}-source"), Target = Branch($"{word}-target") };
    }

    private async Task CrossAsync(
        MergePair pair,
        string word,
        MergeStrategy ofSource = MergeStrategy.Fail,
        MergeStrategy ofTarget = MergeStrategy.Fail
    )
    {
        foreach (var (side, strategy) in new[] { (pair.Source, ofSource), (pair.Target, ofTarget) })
        {
            await MergeAsync(new() { Source = Branch($"{word}-f"), Target = side });
            await MergeAsync(new() { Source = Branch($"{word}-g"), Target = side }, strategy);
        }
    }

    private async Task DemandConflictAsync(MergePair pair, ConflictKind kind)
    {
        var preview = await lab.Lab.Merges.PreviewMergeAsync(new() { Pair = pair }, lab.Lab.Lab);
        Assert.Equal(kind, Assert.Single(preview.Conflicts).Kind);
        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(pair));
        Assert.Equal(ErrorReason.MergeConflict, ErrorStatus.FromRpcException(failure)?.Reason);
    }

    private async Task UpdateAsync(string branch, Action<SignalStream> change)
    {
        var stream = new SignalStream { Name = Stream(branch) };
        change(stream);
        await lab.Ingest.UpdateStreamAsync(new() { Stream = stream }, lab.Lab.Lab);
    }

    private async Task NoteAsync(string branch, Guid id, string text, string by)
    {
        var note = new Annotation
        {
            AnnotationId = id.ToString(),
            StartSample = 10,
            Text = text,
            Category = by,
        };

        var request = new PutAnnotationsRequest { Stream = Stream(branch) };
        request.Annotations.Add(note);
        await lab.Ingest.PutAnnotationsAsync(request, lab.Lab.Lab);
    }

    private async Task<string> NotedAsync(string branch)
    {
        var listed = await lab.Query.ListAnnotationsAsync(new() { Parent = Stream(branch) }, lab.Lab.Lab);
        var note = Assert.Single(listed.Annotations);
        return $"{note.Text} {note.Category}";
    }

    private async Task<MergeBranchResponse> MergeAsync(MergePair pair, MergeStrategy strategy = MergeStrategy.Fail) =>
        await lab.Lab.Merges.MergeBranchAsync(
            new()
            {
                Pair = pair,
                Policy = new() { Strategy = strategy },
            },
            lab.Lab.Lab
        );
}
