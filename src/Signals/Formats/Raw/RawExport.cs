namespace Dendrite.Signals.Formats.Raw;

/// <summary>
/// Writes the samples of a stream as they are stored, little-endian, without a header; <see cref="RawSidecar"/> says
/// what
/// they are. Missing samples keep their place: 0, or NaN in types that have it.
/// </summary>
/// <param name="reader">The recording.</param>
/// <param name="stream">Index of the stream.</param>
/// <param name="layout">In which order.</param>
public sealed class RawExport(RecordingReader reader, int stream, RawLayout layout)
{
    /// <summary>Samples of a gap that are written at once.</summary>
    private const int GapSamples = 4096;

    private readonly RecordedStream recorded = reader.Recording.Streams[stream];

    /// <summary>Writes all of it; memory is twice a piece.</summary>
    /// <param name="target">
    /// Where it goes; the caller's to flush and dispose. For the planar layout it can be sought in.
    /// </param>
    /// <param name="progress">Told the samples written of each channel; null for nobody.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task WriteAsync(Stream target, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        if (layout == RawLayout.Planar && !target.CanSeek)
        {
            throw new ExportRefusedException(
                "layout",
                "Planar samples need a file: what is written cannot be sought in."
            );
        }
        var channels = RawChannel.Of(recorded, layout);
        await foreach (var piece in reader.ReadAsync(stream, 0, cancellationToken))
        {
            for (long from = 0; from < piece.SampleCount; )
            {
                int count = (int)Math.Min(piece.SampleCount - from, piece.Gap is null ? int.MaxValue : GapSamples);
                await WriteAsync(target, channels, piece, from, count, cancellationToken);
                from += count;
            }
            progress?.Report(piece.FirstSample + piece.SampleCount);
        }
    }

    private async Task WriteAsync(
        Stream target,
        IReadOnlyList<RawChannel> channels,
        SamplePiece piece,
        long from,
        int count,
        CancellationToken cancellationToken
    )
    {
        int frame = channels.Sum(channel => channel.SampleBytes);
        byte[] samples = new byte[count * frame];
        int start = 0;
        foreach (var channel in channels)
        {
            int size = channel.SampleBytes;
            var (first, step) = layout == RawLayout.Planar ? (start, size) : ((int)channel.Offset, frame);
            bool missing = piece.Gap is not null || piece.MissingChannels.Contains(channel.Label);
            var source = missing
                ? channel.Nothing(count)
                : piece
                    .Groups[channel.Group]
                    .Slice((int)((channel.Place * piece.SampleCount) + from) * size, count * size);
            for (int i = 0; i < count; i++)
            {
                source.Span.Slice(i * size, size).CopyTo(samples.AsSpan(first + (i * step)));
            }
            if (layout == RawLayout.Planar)
            {
                target.Position = channel.Offset + ((piece.FirstSample + from) * size);
                await target.WriteAsync(samples.AsMemory(start, count * size), cancellationToken);
            }
            start += count * size;
        }
        if (layout == RawLayout.Interleaved)
        {
            await target.WriteAsync(samples, cancellationToken);
        }
    }
}
