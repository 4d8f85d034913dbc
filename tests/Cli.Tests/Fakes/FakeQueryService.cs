using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

internal sealed class FakeQueryService(FakeState state) : QueryService.QueryServiceBase
{
    /// <summary>Odd, so that chunks never end where records or blocks do.</summary>
    private const int SamplesPerChunk = 97;

    public override Task<GetStreamResponse> GetStream(GetStreamRequest request, ServerCallContext context)
    {
        FakeState.RequireKey(context);
        return Task.FromResult(new GetStreamResponse { Stream = Describe(state.FindStream(request.Name)) });
    }

    public override Task<ListStreamsResponse> ListStreams(ListStreamsRequest request, ServerCallContext context)
    {
        FakeState.RequireKey(context);
        var names = state.Streams.Keys.Where(name => name.StartsWith($"{request.Parent}/", StringComparison.Ordinal));
        var found = names.Order(StringComparer.Ordinal).Select(name => Describe(state.Streams[name]));
        return Task.FromResult(new ListStreamsResponse { Streams = { found } });
    }

    public override Task<ListAnnotationsResponse> ListAnnotations(
        ListAnnotationsRequest request,
        ServerCallContext context
    )
    {
        FakeState.RequireKey(context);
        var annotations = state.FindStream(request.Parent).Annotations.Values;
        return Task.FromResult(new ListAnnotationsResponse { Annotations = { annotations } });
    }

    /// <summary>None: it is as long as its rate says.</summary>
    public override Task<ListTimeAnchorsResponse> ListTimeAnchors(
        ListTimeAnchorsRequest request,
        ServerCallContext context
    ) => Task.FromResult(new ListTimeAnchorsResponse());

    public override Task<ListMasksResponse> ListMasks(ListMasksRequest request, ServerCallContext context) =>
        Task.FromResult(new ListMasksResponse());

    public override Task<ListGapsResponse> ListGaps(ListGapsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListGapsResponse());

    public override async Task ReadSamples(
        ReadSamplesRequest request,
        IServerStreamWriter<ReadSamplesResponse> responseStream,
        ServerCallContext context
    )
    {
        FakeState.RequireKey(context);
        var stream = state.FindStream(request.Stream);
        var range = request.Samples ?? new SampleRange { StartSample = 0, EndSample = stream.End };
        int[] chosen =
        [
            .. Enumerable
                .Range(0, stream.Samples.Length)
                .Where(i =>
                    request.Channels.Count == 0 || request.Channels.Contains(stream.Descriptor.Channels[i].Label)
                ),
        ];
        var header = new SampleHeader
        {
            Range = range,
            Version = 7,
            Format = SampleFormat.Stored,
        };
        header.Channels.Add(chosen.Select(i => stream.Descriptor.Channels[i]));
        await responseStream.WriteAsync(new() { Header = header });
        for (long first = range.StartSample; first < range.EndSample; first += SamplesPerChunk)
        {
            int count = (int)Math.Min(SamplesPerChunk, range.EndSample - first);
            short[] planar = [.. chosen.SelectMany(i => stream.Samples[i].Skip((int)first).Take(count))];
            planar[0] += state.ReadError;
            byte[] data = MemoryMarshal.AsBytes<short>(planar).ToArray();
            var chunk = new SampleChunk
            {
                FirstSample = first,
                SampleCount = count,
                Data = UnsafeByteOperations.UnsafeWrap(data),
                Crc32C = Crc32C.Compute(data),
            };
            await responseStream.WriteAsync(new() { Chunk = chunk });
            if (state.CutsExports)
            {
                throw FakeState.Away();
            }
        }
    }

    private static SignalStream Describe(FakeStream stream)
    {
        var descriptor = stream.Descriptor.Clone();
        descriptor.EndSample = stream.End;
        descriptor.StoredBytes = stream.End * stream.Samples.Length;
        return descriptor;
    }
}
