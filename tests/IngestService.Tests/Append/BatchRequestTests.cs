using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.IngestService.Tests.Append;

/// <summary>A batch that is sent again because its answer was lost.</summary>
public sealed class BatchRequestTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repeated_batch_is_answered_like_the_first_one_whatever_came_after(bool finish)
    {
        var request = await NewBatchAsync();
        request.Finish = finish;
        var first = await SendAsync(request);
        Assert.Equal((0L, 100L), (first.PreviousThroughSample, first.ThroughSample));
        if (!finish)
        {
            await SendAsync(new() { Open = request.Open, Blocks = { Recording.Block(100, 50) } });
        }

        var commits = await CountCommitsAsync();
        Assert.Equal(first, await SendAsync(request));
        Assert.Equal(commits, await CountCommitsAsync());
    }

    [Fact]
    public async Task A_repeated_batch_does_not_take_the_stream_from_who_writes_it_now()
    {
        var request = await NewBatchAsync();
        await SendAsync(request);
        var (gateway, _) = await Gateway.OpenAsync(fixture, request.Open.Stream);
        using var __ = gateway;

        await SendAsync(request);

        await gateway.SendAsync(Recording.Block(100, 10));
        Assert.Equal(110, (await gateway.CloseAsync()).ThroughSample);
    }

    [Fact]
    public async Task A_batch_that_is_refused_does_not_keep_the_stream()
    {
        var request = await NewBatchAsync();
        await SendAsync(request);
        var late = new V1.AppendBatchRequest { Open = request.Open, Blocks = { Recording.Block(500, 10) } };
        var refusal = await Assert.ThrowsAsync<RpcException>(() => SendAsync(late));
        Assert.Equal(ErrorReason.BlockOutOfOrder, ErrorStatus.FromRpcException(refusal)?.Reason);

        late.Open.EpochPolicy = V1.EpochPolicy.IfFree;
        late.Blocks[0] = Recording.Block(100, 10);
        Assert.Equal(110, (await SendAsync(late)).ThroughSample);
    }

    [Fact]
    public async Task The_end_of_a_stream_beyond_all_timestamps_is_left_out()
    {
        var request = await NewBatchAsync();
        var gap = new V1.Gap
        {
            Range = new() { StartSample = 100, EndSample = 1L << 62 },
            Cause = V1.GapCause.Declared,
        };
        request.Gaps.Add(gap);
        await SendAsync(request);

        var got = await fixture.Query.GetStreamAsync(new() { Name = request.Open.Stream }, IngestFixture.Options);

        Assert.Equal((1L << 62, null), (got.Stream.EndSample, got.Stream.EndTime));
        Assert.Equal((1L << 62) - 100, got.Stream.MissingSampleCount);
    }

    [Fact]
    public async Task An_id_that_was_used_for_another_batch_is_refused()
    {
        var request = await NewBatchAsync();
        await SendAsync(request);
        request.Blocks[0] = Recording.Block(100, 50);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => SendAsync(request));

        Assert.Equal(ErrorReason.RequestIdReused, ErrorStatus.FromRpcException(refusal)?.Reason);
        await fixture.AssertHoldsAsync(request.Open.Stream, 100);
    }

    [Fact]
    public async Task Equal_batches_at_once_are_stored_once_and_whoever_is_answered_gets_one_answer()
    {
        var request = await NewBatchAsync();
        request.Annotations.Add(new V1.Annotation { StartSample = 5, Text = "blink" });
        request.Finish = true;

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => TrySendAsync(request)));

        var answer = await SendAsync(request);
        Assert.All(answers.OfType<V1.AppendBatchResponse>(), other => Assert.Equal(answer, other));
        Assert.Equal(
            1,
            await fixture.CountAsync($"SELECT count(*) FROM branching.request WHERE request_id = '{request.RequestId}'")
        );
        await fixture.AssertHoldsAsync(request.Open.Stream, 100);
    }

    /// <summary>A hundred samples for a stream that is not there yet.</summary>
    private async Task<V1.AppendBatchRequest> NewBatchAsync() =>
        new()
        {
            Open = new()
            {
                Stream = IngestFixture.StreamName(await fixture.ForkAsync()),
                Descriptor_ = Recording.Descriptor(),
                CreateIfMissing = true,
            },
            Blocks = { Recording.Block(0, 100) },
            RequestId = $"{Guid.CreateVersion7()}",
        };

    private async Task<V1.AppendBatchResponse> SendAsync(V1.AppendBatchRequest request) =>
        await fixture.Ingest.AppendBatchAsync(request, IngestFixture.Options);

    /// <summary>Null where another one took the stream meanwhile.</summary>
    private async Task<V1.AppendBatchResponse?> TrySendAsync(V1.AppendBatchRequest request)
    {
        try
        {
            return await SendAsync(request);
        }
        catch (RpcException taken)
        {
            Assert.Contains(
                ErrorStatus.FromRpcException(taken)?.Reason,
                new ErrorReason?[] { ErrorReason.WriterFenced, ErrorReason.Unavailable }
            );
            return null;
        }
    }

    private Task<long> CountCommitsAsync() => fixture.CountAsync("SELECT count(*) FROM branching.commit");
}
