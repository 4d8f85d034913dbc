using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Dendrite.Signals.Formats.BrainVision;

/// <summary>
/// Samples as text: a line for each instant (multiplexed) or each channel (vectorized). The first reading checks every
/// number and notes where each so many-th sample begins, so that later ones can begin anywhere and hold
/// little.
/// </summary>
/// <param name="SampleCount">Of each channel.</param>
/// <param name="Header">What the text means.</param>
/// <param name="Places">
/// For each line of a channel, or once for lines of all channels: where the first samples of pieces begin.
/// </param>
internal sealed record BrainVisionText(long SampleCount, BrainVisionHeader Header, IReadOnlyList<List<long>> Places)
    : BrainVisionSamples(SampleCount)
{
    private const int MaxStride = 4096;
    private const int PieceNumbers = 1 << 20;

    private int Channels => Header.Channels.Count;

    private int Stride => StrideOf(Channels);

    /// <summary>Samples of a piece: fewer where there are very many channels.</summary>
    private static int StrideOf(int channels) => Math.Clamp(PieceNumbers / channels, 1, MaxStride);

    public static async Task<BrainVisionSamples> CheckTextAsync(
        BrainVisionHeader header,
        Stream data,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        var walk = new BrainVisionTextWalk(header, data);
        var places = Enumerable.Range(0, header.Vectorized ? header.Channels.Count : 1).Select(_ => new List<long>());
        long[] counts = new long[header.Channels.Count];
        var noted = places.ToArray();
        int stride = StrideOf(header.Channels.Count);
        while (await walk.NextAsync(cancellationToken))
        {
            walk.CheckSeparator();
            if (walk.EndsFile && IsCut(walk, counts, header))
            {
                break;
            }
            walk.ReadNumber();
            if (walk.Sample % stride == 0 && (header.Vectorized || walk.Channel == 0))
            {
                noted[header.Vectorized ? walk.Channel : 0].Add(walk.Offset);
            }
            counts[walk.Channel] = walk.Sample + 1;
        }
        long whole = counts[^1];
        // A line that is short and not the last one is damage.
        bool isWhole = !header.Vectorized || counts.SkipLast(1).All(count => count == counts[0] && count >= whole);
        if (!isWhole || whole == 0)
        {
            throw new RecordingFormatException(
                "data",
                data.Length,
                $"The channels have {counts.Min()} to {counts.Max()} samples. Copy the file again from its source.",
                header.DataFile.Text
            );
        }
        if (whole < counts[0])
        {
            string problem = $"Channel 1 has {counts[0]} samples, the last one {whole}; those that all have were read.";
            warnings.Add(RecordingWarningKind.Truncated, "data", data.Length, problem, header.DataFile.Text);
        }
        return new BrainVisionText(Settle(header, whole, warnings), header, noted);
    }

    /// <summary>
    /// Whether more belongs behind the last number of the file: it may lack digits then, even where it is a number.
    /// </summary>
    private static bool IsCut(BrainVisionTextWalk walk, long[] counts, BrainVisionHeader header) =>
        walk.Channel < header.Channels.Count - 1
        || (header.Vectorized && header.Channels.Count > 1 && walk.Sample < counts[0] - 1)
        || walk.Sample < header.DataPoints - 1;

    public override async IAsyncEnumerable<SamplePiece> ReadAsync(
        Stream data,
        long first,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        byte[] planar = new byte[Stride * Channels * sizeof(double)];
        for (long at = first; at < SampleCount; )
        {
            long end = Math.Min(((at / Stride) + 1) * Stride, SampleCount);
            int count = (int)(end - at);
            await FillAsync(data, planar, at, count, cancellationToken);
            yield return new(at, count) { Groups = [planar.AsMemory(0, count * Channels * sizeof(double))] };
            at = end;
        }
    }

    private async Task FillAsync(Stream data, byte[] planar, long first, int count, CancellationToken cancellationToken)
    {
        for (int row = 0; row < Places.Count; row++)
        {
            var walk = new BrainVisionTextWalk(Header, data);
            walk.MoveTo(Places[row][(int)(first / Stride)], row, first / Stride * Stride);
            long wanted = (long)count * (Header.Vectorized ? 1 : Channels);
            while (wanted > 0 && await walk.NextAsync(cancellationToken))
            {
                if (walk.Sample >= first)
                {
                    long place = (walk.Channel * count) + (walk.Sample - first);
                    var target = planar.AsSpan((int)place * sizeof(double));
                    BinaryPrimitives.WriteDoubleLittleEndian(target, walk.ReadNumber());
                    wanted--;
                }
            }
        }
    }
}
