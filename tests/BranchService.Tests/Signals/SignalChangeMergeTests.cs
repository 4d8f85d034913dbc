using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.Signals.SignalLab;

namespace Dendrite.BranchService.Tests.Signals;

/// <summary>Streams and annotations that were changed or deleted by hand, merged and taken back.</summary>
public sealed class SignalChangeMergeTests(SignalLab lab) : IClassFixture<SignalLab>
{
    [Fact]
    public async Task A_stream_that_the_source_deleted_is_gone_after_the_merge_and_its_writer_is_fenced()
    {
        var pair = await lab.ForkAsync("gone");
        using var writer = await lab.OpenAsync("gone-target");
        await DeleteAsync("gone-source");

        await MergeAsync(pair);

        Assert.Empty(await StreamsAsync(pair.Target));
        await writer.SendAsync(Block(100, 20));
        Assert.Equal(ErrorReason.WriterFenced, await writer.HearFailureAsync());
    }

    [Fact]
    public async Task A_stream_that_one_side_deleted_and_the_other_recorded_on_goes_only_by_decision()
    {
        var pair = await lab.ForkAsync("torn");
        await DeleteAsync("torn-source");
        await lab.AppendAsync("torn-target", 100, 20);

        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(pair));
        Assert.Equal(ErrorReason.MergeConflict, ErrorStatus.FromRpcException(failure)?.Reason);
        await MergeAsync(pair, new() { Strategy = MergeStrategy.TakeTarget });

        Assert.Equal(["eeg"], await StreamsAsync(pair.Target));
        Assert.Equal(Made(0, 120), await lab.SamplesAsync("torn-target"));
    }

    [Theory]
    [InlineData("source", "target", false)]
    [InlineData("source", "target", true)]
    [InlineData("target", "source", false)]
    [InlineData("target", "source", true)]
    public async Task A_stream_that_one_side_deleted_and_the_other_annotated_or_masked_goes_only_by_decision(
        string deletes,
        string writes,
        bool masks
    )
    {
        var word = $"noted-{deletes}-{(masks ? "m" : "a")}";
        var pair = await lab.ForkAsync(word);
        await DeleteAsync($"{word}-{deletes}");
        await WriteAsync($"{word}-{writes}", masks);

        var preview = await lab.Lab.Merges.PreviewMergeAsync(new() { Pair = pair }, lab.Lab.Lab);
        var kind = deletes == "source" ? ConflictKind.DeletedAndChanged : ConflictKind.ChangedAndDeleted;
        Assert.Equal(kind, Assert.Single(preview.Conflicts).Kind);
        var strategy = writes == "source" ? MergeStrategy.TakeSource : MergeStrategy.TakeTarget;
        await MergeAsync(pair, new() { Strategy = strategy });

        Assert.Equal(["eeg"], await StreamsAsync(pair.Target));
        Assert.Equal(masks ? [] : ["spike"], await NotesAsync($"{word}-target"));
        var hidden = (await lab.SamplesAsync($"{word}-target")).Count(sample => sample is null);
        Assert.Equal(masks ? 10 : 0, hidden);
    }

    [Theory]
    [InlineData("recorded")]
    [InlineData("annotated")]
    [InlineData("masked")]
    [InlineData("twin")]
    public async Task A_decision_does_not_delete_what_was_recorded_or_noted_since(string how)
    {
        var word = $"since-{how}";
        var pair = await lab.ForkAsync(word);
        if (how == "twin")
        {
            await lab.AppendAsync($"{word}-source", 0, 30, stream: "ecg");
            await lab.AppendAsync($"{word}-target", 0, 20, stream: "ecg");
        }
        else
        {
            await DeleteAsync($"{word}-source");
            await lab.AppendAsync($"{word}-target", 100, 20);
        }

        var id = await ConflictAsync(pair);
        await lab.AppendAsync($"{word}-target", 0, 20, stream: "emg");
        Assert.Equal(id, await ConflictAsync(pair));

        await (
            how switch
            {
                "twin" => lab.AppendAsync($"{word}-target", 20, 20, stream: "ecg"),
                "recorded" => lab.AppendAsync($"{word}-target", 120, 20),
                _ => WriteAsync($"{word}-target", how == "masked"),
            }
        );

        Assert.NotEqual(id, await ConflictAsync(pair));
        var decision = new Resolution { ConflictId = id, Side = ResolutionSide.Source };
        var failure = await Assert.ThrowsAsync<RpcException>(() =>
            MergeAsync(pair, new() { Resolutions = { decision } })
        );
        Assert.Equal(ErrorReason.ConflictChanged, ErrorStatus.FromRpcException(failure)?.Reason);
    }

    private async Task<string> ConflictAsync(MergePair pair)
    {
        var preview = await lab.Lab.Merges.PreviewMergeAsync(new() { Pair = pair }, lab.Lab.Lab);
        return Assert.Single(preview.Conflicts).ConflictId;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_that_was_annotated_or_masked_since_it_was_merged_is_not_undone_in_silence(bool masks)
    {
        var word = masks ? "undone-m" : "undone-a";
        await lab.Lab.CreateAsync(word);
        await lab.Lab.CreateAsync($"{word}-experiment", new() { Branch = Branch(word) });
        await lab.AppendAsync($"{word}-experiment", 0, 30);
        var pair = new MergePair { Source = Branch($"{word}-experiment"), Target = Branch(word) };
        var merged = await MergeAsync(pair);
        await WriteAsync(word, masks);

        var request = new RevertCommitRequest
        {
            Branch = Branch(word),
            Commit = $"{Branch(word)}/commits/{merged.Merge.Commit.Version}",
        };
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Lab.Merges.RevertCommitAsync(request, lab.Lab.Lab)
        );

        Assert.Equal(ErrorReason.MergeConflict, ErrorStatus.FromRpcException(failure)?.Reason);
        Assert.Equal(["eeg"], await StreamsAsync(Branch(word)));
    }

    [Fact]
    public async Task Different_fields_of_one_descriptor_merge_and_the_same_one_is_a_conflict()
    {
        var pair = await lab.ForkAsync("field");
        await UpdateAsync("field-source", stream => stream.DisplayName = "of the source");
        await UpdateAsync("field-target", stream => stream.Labels["site"] = "berlin");
        await MergeAsync(pair);
        var merged = await GetAsync("field-target");
        Assert.Equal(("of the source", "berlin"), (merged.DisplayName, merged.Labels["site"]));

        await UpdateAsync("field-source", stream => stream.DisplayName = "one");
        await UpdateAsync("field-target", stream => stream.DisplayName = "two");
        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(pair));
        Assert.Equal(ErrorReason.MergeConflict, ErrorStatus.FromRpcException(failure)?.Reason);
    }

    [Theory]
    [InlineData("note", false)]
    [InlineData("descriptor", false)]
    [InlineData("twin", true)]
    public async Task What_belongs_to_streams_is_decided_by_a_side_and_nothing_else(string what, bool refusesBase)
    {
        var word = $"misfit-{what}";
        var pair = await lab.ForkAsync(word);
        await lab.AppendAsync($"{word}-source", 0, 30, stream: what == "twin" ? "ecg" : "emg-source");
        await lab.AppendAsync($"{word}-target", 0, 20, stream: what == "twin" ? "ecg" : "emg-target");
        if (what == "descriptor")
        {
            await UpdateAsync($"{word}-source", stream => stream.DisplayName = "one");
            await UpdateAsync($"{word}-target", stream => stream.DisplayName = "two");
        }
        else if (what == "note")
        {
            await DeleteAsync($"{word}-source");
            await WriteAsync($"{word}-target", false);
        }

        var id = await ConflictAsync(pair);
        var cells = new Google.Protobuf.WellKnownTypes.Struct();
        List<Resolution> misfits = [new() { Cells = cells }, new() { Record = cells }];
        if (refusesBase)
        {
            misfits.Add(new() { Side = ResolutionSide.Base });
        }

        foreach (var misfit in misfits)
        {
            misfit.ConflictId = id;
            var failure = await Assert.ThrowsAsync<RpcException>(() =>
                MergeAsync(pair, new() { Strategy = MergeStrategy.TakeSource, Resolutions = { misfit } })
            );
            Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
            Assert.Contains("policy.resolutions[0]", failure.Status.Detail, StringComparison.Ordinal);
            Assert.Contains("SOURCE, TARGET", failure.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_deletion_is_taken_back_by_a_revert_and_the_samples_are_there_again()
    {
        await lab.Lab.CreateAsync("back");
        await lab.AppendAsync("back", 0, 30);
        var deleted = await DeleteAsync("back");

        await lab.Lab.Merges.RevertCommitAsync(
            new() { Branch = Branch("back"), Commit = $"{Branch("back")}/commits/{deleted.Version}" },
            lab.Lab.Lab
        );

        Assert.Equal(Made(0, 30), await lab.SamplesAsync("back"));
        var request = new VerifyHistoryRequest { Parent = Branch("back"), IncludeData = true };
        using var call = lab.Lab.History.VerifyHistory(request, lab.Lab.Lab);
        var verified = await call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken).ToListAsync();
        Assert.Null(verified[^1].HistoryBreak);
    }

    private async Task<DeleteStreamResponse> DeleteAsync(string branch) =>
        await lab.Ingest.DeleteStreamAsync(new() { Name = Stream(branch) }, lab.Lab.Lab);

    /// <summary>Hides ten samples, or notes a spike.</summary>
    private async Task WriteAsync(string branch, bool masks)
    {
        var range = new SampleRange { StartSample = 10, EndSample = 20 };
        if (masks)
        {
            var mask = new MaskSamplesRequest { Stream = Stream(branch), Range = range };
            mask.Reason = "a test";
            await lab.Ingest.MaskSamplesAsync(mask, lab.Lab.Lab);
            return;
        }

        var note = new PutAnnotationsRequest { Stream = Stream(branch) };
        note.Annotations.Add(new Annotation { StartSample = 10, Text = "spike" });
        await lab.Ingest.PutAnnotationsAsync(note, lab.Lab.Lab);
    }

    private async Task<IEnumerable<string>> NotesAsync(string branch)
    {
        var listed = await lab.Query.ListAnnotationsAsync(new() { Parent = Stream(branch) }, lab.Lab.Lab);
        return listed.Annotations.Select(note => note.Text);
    }

    private async Task UpdateAsync(string branch, Action<SignalStream> change)
    {
        var stream = new SignalStream { Name = Stream(branch) };
        change(stream);
        await lab.Ingest.UpdateStreamAsync(new() { Stream = stream }, lab.Lab.Lab);
    }

    private async Task<SignalStream> GetAsync(string branch) =>
        (await lab.Query.GetStreamAsync(new() { Name = Stream(branch) }, lab.Lab.Lab)).Stream;

    private async Task<IEnumerable<string>> StreamsAsync(string branch)
    {
        var listed = await lab.Query.ListStreamsAsync(new() { Parent = branch }, lab.Lab.Lab);
        return listed.Streams.Select(stream => stream.Name.Split('/')[^1]);
    }

    private async Task<MergeBranchResponse> MergeAsync(MergePair pair, MergePolicy? policy = null) =>
        await lab.Lab.Merges.MergeBranchAsync(new() { Pair = pair, Policy = policy }, lab.Lab.Lab);
}
