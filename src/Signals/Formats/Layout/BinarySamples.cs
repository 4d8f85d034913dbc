using System.Runtime.CompilerServices;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Formats.Layout;

/// <summary>
/// Samples of channels of one type in a binary file, read in pieces of about a quarter of a MiB. All of a channel in a
/// row (vectorized), or all channels of an instant (multiplexed).
/// </summary>
/// <param name="Sample">One sample.</param>
/// <param name="Channels">How many channels.</param>
/// <param name="SampleCount">Of each channel.</param>
internal sealed record BinarySamples(RawSample Sample, int Channels, long SampleCount)
{
    private const int PieceBytes = 256 << 10;

    /// <summary>Where the first sample is, in bytes from the start of the file.</summary>
    public long Offset { get; init; }

    /// <summary>All samples of a channel in a row.</summary>
    public bool Vectorized { get; init; }

    /// <summary>Bytes that all samples take.</summary>
    public static long WholeSamples(long bytes, RawSample sample, int channels) => bytes / sample.Bytes / channels;

    /// <param name="file">Seekable; the caller's to dispose.</param>
    /// <param name="first">Index of the first sample to read.</param>
    public async IAsyncEnumerable<SamplePiece> ReadAsync(
        Stream file,
        long first,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // A run between two gaps may be a single sample, and there may be a million of them.
        long wanted = Math.Clamp(SampleCount - first, 1, 1 << 16);
        int most = (int)Math.Clamp(PieceBytes / Sample.Bytes / Channels, 1, wanted);
        byte[] raw = new byte[most * Channels * Sample.Bytes];
        byte[] planar = new byte[most * Channels * Sample.Type.SizeBytes()];
        for (long at = first; at < SampleCount; at += most)
        {
            int count = (int)Math.Min(most, SampleCount - at);
            await FillAsync(file, raw, at, count, cancellationToken);
            ToPlanar(raw, planar, count);
            yield return new(at, count) { Groups = [planar.AsMemory(0, count * Channels * Sample.Type.SizeBytes())] };
        }
    }

    private async Task FillAsync(Stream file, byte[] raw, long at, int count, CancellationToken cancellationToken)
    {
        if (!Vectorized)
        {
            file.Position = Offset + (at * Channels * Sample.Bytes);
            await file.ReadExactlyAsync(raw.AsMemory(0, count * Channels * Sample.Bytes), cancellationToken);
            return;
        }
        int bytes = count * Sample.Bytes;
        for (int channel = 0; channel < Channels; channel++)
        {
            file.Position = Offset + (((channel * SampleCount) + at) * Sample.Bytes);
            await file.ReadExactlyAsync(raw.AsMemory(channel * bytes, bytes), cancellationToken);
        }
    }

    private void ToPlanar(ReadOnlySpan<byte> raw, Span<byte> planar, int count)
    {
        int size = Sample.Type.SizeBytes();
        if (Vectorized && Sample.Convert is null)
        {
            raw[..(count * Channels * size)].CopyTo(planar);
            return;
        }
        // Distance between two samples of a channel, and between the first samples of two channels.
        int step = Sample.Bytes * (Vectorized ? 1 : Channels);
        int channelStep = Sample.Bytes * (Vectorized ? count : 1);
        for (int channel = 0; channel < Channels; channel++)
        {
            var source = raw[(channel * channelStep)..];
            var target = planar.Slice(channel * count * size, count * size);
            for (int i = 0; i < count; i++)
            {
                var sample = source.Slice(i * step, Sample.Bytes);
                if (Sample.Convert is { } convert)
                {
                    convert(sample, target.Slice(i * size, size));
                }
                else
                {
                    sample.CopyTo(target[(i * size)..]);
                }
            }
        }
    }
}
