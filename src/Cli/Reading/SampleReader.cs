using System.Runtime.CompilerServices;
using Dendrite.Cli.Hosting;
using Dendrite.Signals.Blocks;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Reading;

/// <summary>Consecutive samples as they were stored: planar, little-endian.</summary>
/// <param name="FirstSample">Index of the first.</param>
/// <param name="SampleCount">How many for each channel.</param>
/// <param name="Planar">All of the header's first channel, then of the second, ...</param>
internal readonly record struct SampleRun(long FirstSample, int SampleCount, ReadOnlyMemory<byte> Planar);

/// <summary>
/// One read of samples: its header, then runs by ascending sample, each checked against its checksum.
/// </summary>
internal sealed class SampleReader : IDisposable
{
    private readonly AsyncServerStreamingCall<ReadSamplesResponse> call;

    private SampleReader(AsyncServerStreamingCall<ReadSamplesResponse> call, SampleHeader header)
    {
        this.call = call;
        Header = header;
    }

    public SampleHeader Header { get; }

    /// <exception cref="RpcException">The stream or range does not exist, or the platform does not
    /// answer.</exception>
    /// <exception cref="CliException">The channels are of several groups, which are read one by one.</exception>
    public static async Task<SampleReader> OpenAsync(
        QueryService.QueryServiceClient query,
        ReadSamplesRequest request,
        CancellationToken cancellationToken
    )
    {
        var call = query.ReadSamples(request, cancellationToken: cancellationToken);
        try
        {
            if (
                !await call.ResponseStream.MoveNext(cancellationToken)
                || call.ResponseStream.Current.Header is not { } header
            )
            {
                throw new CliException(
                    ExitCode.Internal,
                    "PROTOCOL_VIOLATION",
                    "The server sent samples without a header."
                );
            }
            CheckOneGroup(header);
            return new(call, header);
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    public async IAsyncEnumerable<SampleRun> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (run, _) in ReadWithGapsAsync(cancellationToken))
        {
            if (run is { } samples)
            {
                yield return samples;
            }
        }
    }

    /// <summary>Runs, and what is said to be missing: one of the two is null.</summary>
    public async IAsyncEnumerable<(SampleRun? Run, Gap? Gap)> ReadWithGapsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var response = call.ResponseStream.Current;
            if (response.Chunk is { } chunk)
            {
                yield return (Check(Header, chunk), null);
            }
            else if (response.Gap is { } gap)
            {
                yield return (null, gap);
            }
        }
    }

    public void Dispose() => call.Dispose();

    /// <exception cref="CliException">The channels are of several groups, which are read one by one.</exception>
    public static void CheckOneGroup(SampleHeader header)
    {
        if (header.Channels.Select(channel => (channel.ChannelGroup, channel.SampleType)).Distinct().Count() > 1)
        {
            throw new CliException(
                ExitCode.Usage,
                "SEVERAL_CHANNEL_GROUPS",
                "The channels are of several groups or sample types. Choose those of one with --channels."
            );
        }
    }

    /// <summary>The samples of a chunk, as they were stored.</summary>
    /// <exception cref="CliException">Its bytes are not what it says of them.</exception>
    public static SampleRun Check(SampleHeader header, SampleChunk chunk)
    {
        var data = chunk.Data.Memory;
        int sampleBytes = header.Channels[0].SampleType.SizeBytes();
        if (data.Length != (long)chunk.SampleCount * header.Channels.Count * sampleBytes)
        {
            throw new CliException(
                ExitCode.BadData,
                "DATA_DAMAGED",
                $"The chunk at sample {chunk.FirstSample} has {data.Length} bytes, which its counts contradict."
            );
        }
        if (Crc32C.Compute(data.Span) != chunk.Crc32C)
        {
            throw new CliException(
                ExitCode.BadData,
                "CHECKSUM_MISMATCH",
                $"The chunk at sample {chunk.FirstSample} was damaged on the way. Repeat the command."
            );
        }
        return new(chunk.FirstSample, chunk.SampleCount, data);
    }
}
