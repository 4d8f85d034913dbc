using Dendrite.Signals.Formats;
using Google.Protobuf;

namespace Dendrite.Cli.Simulation;

/// <summary>The samples of a device, walked along with what comes back of one channel group.</summary>
internal sealed class ExpectedSamples(
    IAsyncEnumerable<SamplePiece> pieces,
    int group,
    int channelCount,
    CancellationToken cancellationToken
) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<SamplePiece> pieces = pieces.GetAsyncEnumerator(cancellationToken);
    private long used;
    private SamplePiece? piece;

    /// <summary>The first difference of a range in words, or null.</summary>
    /// <param name="first">Index of its first sample; it begins where the last one ended.</param>
    /// <param name="end">Index after its last.</param>
    /// <param name="data">Planar samples; null where they are a declared gap.</param>
    public async Task<string?> FindDifferenceAsync(long first, long end, ByteString? data)
    {
        for (var at = first; at < end; )
        {
            if (piece is null || used == piece.SampleCount)
            {
                if (!await pieces.MoveNextAsync())
                {
                    return $"sample {at} is beyond the end of what the device gave";
                }

                (piece, used) = (pieces.Current, 0);
            }

            var count = Math.Min(piece.SampleCount - used, end - at);
            if (data is not null && !Equals(data.Span, at - first, end - first, count))
            {
                return $"samples {at} to {at + count} are not what the device gave";
            }

            used += count;
            at += count;
        }

        return null;
    }

    public ValueTask DisposeAsync() => pieces.DisposeAsync();

    private bool Equals(ReadOnlySpan<byte> data, long from, long dataCount, long count)
    {
        if (piece!.Groups.Count == 0)
        {
            return false;
        }

        var planar = piece.Groups[group].Span;
        var sampleBytes = planar.Length / channelCount / (int)piece.SampleCount;
        for (var channel = 0; channel < channelCount; channel++)
        {
            var wanted = planar.Slice(
                (int)((channel * piece.SampleCount) + used) * sampleBytes,
                (int)count * sampleBytes
            );
            var found = data.Slice((int)((channel * dataCount) + from) * sampleBytes, (int)count * sampleBytes);
            if (!wanted.SequenceEqual(found))
            {
                return false;
            }
        }

        return true;
    }
}
