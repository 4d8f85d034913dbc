using Dendrite.V1;
using Grpc.Core;
using Blocks = Dendrite.Signals.Blocks;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>Appends to memory, one acknowledgement a message.</summary>
internal sealed class FakeIngestService(FakeState state) : IngestService.IngestServiceBase
{
    public override Task<UpdateStreamResponse> UpdateStream(UpdateStreamRequest request, ServerCallContext context)
    {
        FakeState.RequireKey(context);
        state.StreamUpdates.Enqueue(request);
        return Task.FromResult(new UpdateStreamResponse { Stream = state.FindStream(request.Stream.Name).Descriptor });
    }

    public override async Task Append(
        IAsyncStreamReader<AppendRequest> requestStream,
        IServerStreamWriter<AppendResponse> responseStream,
        ServerCallContext context
    )
    {
        FakeState.RequireKey(context);
        FakeStream? stream = null;
        long messages = 0;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            var request = requestStream.Current;
            if (request.Open is { } open)
            {
                stream = Open(open);
                await responseStream.WriteAsync(new() { Opened = Opened(open.Stream, stream) });
                continue;
            }
            if (request.Close is { } close)
            {
                stream!.Descriptor.State = close.Finish ? StreamState.Finished : StreamState.Open;
                var closed = new AppendClosed
                {
                    ThroughSample = stream.End,
                    Version = state.NextVersion(),
                    Finished = close.Finish,
                };
                await responseStream.WriteAsync(new() { Closed = closed });
                return;
            }
            long before = stream!.End;
            Store(stream, request);
            await responseStream.WriteAsync(
                new()
                {
                    Acked = new AppendAcked
                    {
                        ThroughSample = stream.End,
                        PreviousThroughSample = before,
                        Version = state.NextVersion(),
                        DurableMessages = ++messages,
                    },
                }
            );
        }
    }

    private FakeStream Open(AppendOpen open)
    {
        state.FindBranch(open.Stream[..open.Stream.IndexOf("/streams/", StringComparison.Ordinal)]);
        return state.Streams.GetOrAdd(
            open.Stream,
            name =>
            {
                var descriptor = open.Descriptor_.Clone();
                descriptor.Name = name;
                descriptor.State = StreamState.Open;
                return new FakeStream(descriptor);
            }
        );
    }

    private static AppendOpened Opened(string name, FakeStream stream) =>
        new()
        {
            Stream = name,
            NextSample = stream.End,
            Epoch = 1,
            MaxBytesInFlight = 4 << 20,
            MaxBlockBytes = 4 << 20,
            Encodings = { BlockEncoding.DendriteV1, BlockEncoding.Raw },
        };

    private void Store(FakeStream stream, AppendRequest request)
    {
        foreach (var annotation in request.Annotations?.Annotations ?? [])
        {
            stream.Annotations[annotation.AnnotationId] = annotation;
        }
        stream.Anchors.AddRange(request.TimeAnchors?.Anchors ?? []);
        if (request.Block is not { } message)
        {
            return;
        }
        if (state.BlocksBeforeRefusal-- <= 0)
        {
            throw FakeState.Error(state.Refusal, "The fake was told to fail here.");
        }
        var block = Blocks.SampleBlock.Open(message.Payload.Span);
        short[] samples = new short[block.Header.SampleCount];
        for (int channel = 0; channel < block.Header.ChannelCount; channel++)
        {
            block.DecodeChannel(channel, samples);
            stream.Samples[channel].AddRange(samples);
        }
    }
}
