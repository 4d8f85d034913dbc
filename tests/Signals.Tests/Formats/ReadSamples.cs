using System.Buffers.Binary;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats;

/// <summary>All of one stream of a small recording, and the checks that every reading must pass.</summary>
internal sealed record ReadSamples(double[][] Channels, List<SamplePiece> Gaps, List<RecordedAnchor> Anchors)
{
    /// <summary>
    /// Reads from a sample on: stored values by channel, NaN where they are missing. Fails where pieces leave a hole,
    /// overlap, or do not add up to the counts of the recording.
    /// </summary>
    public static async Task<ReadSamples> OfAsync(RecordingReader reader, int stream = 0, long first = 0)
    {
        var recorded = reader.Recording.Streams[stream];
        var values = recorded.Channels.Select(_ => new List<double>()).ToArray();
        var (gaps, anchors) = (new List<SamplePiece>(), new List<RecordedAnchor>());
        long next = first;
        await foreach (var piece in reader.ReadAsync(stream, first, TestContext.Current.CancellationToken))
        {
            Assert.Equal(next, piece.FirstSample);
            next += piece.SampleCount;
            Assert.All(piece.Anchors, anchor => Assert.InRange(anchor.Sample, piece.FirstSample - 1, next - 1));
            anchors.AddRange(piece.Anchors);
            if (piece.Gap is not null)
            {
                Assert.Empty(piece.Groups);
                gaps.Add(piece);
                Array.ForEach(values, list => list.AddRange(Enumerable.Repeat(double.NaN, (int)piece.SampleCount)));
                continue;
            }
            Take(recorded, piece, values);
        }
        Assert.Equal(recorded.SampleCount, next);
        if (first == 0)
        {
            Assert.Equal(recorded.MissingSampleCount, gaps.Sum(gap => gap.SampleCount));
        }
        return new([.. values.Select(list => list.ToArray())], gaps, anchors);
    }

    private static void Take(RecordedStream recorded, SamplePiece piece, List<double>[] values)
    {
        Assert.Equal(recorded.Groups.Count, piece.Groups.Count);
        foreach (var (group, planar) in recorded.Groups.Zip(piece.Groups))
        {
            int size = group[0].SampleType.SizeBytes();
            Assert.Equal(group.Count * piece.SampleCount * size, planar.Length);
            for (int channel = 0; channel < group.Count; channel++)
            {
                Assert.Equal(group[0].SampleType, group[channel].SampleType);
                var list = values[recorded.Channels.ToList().IndexOf(group[channel])];
                for (long i = 0; i < piece.SampleCount; i++)
                {
                    long at = ((channel * piece.SampleCount) + i) * size;
                    list.Add(Value(group[0].SampleType, planar.Span[(int)at..]));
                }
            }
        }
    }

    private static double Value(SampleType type, ReadOnlySpan<byte> at) =>
        type switch
        {
            SampleType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(at),
            SampleType.Int24 => at[0] | (at[1] << 8) | ((sbyte)at[2] << 16),
            SampleType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(at),
            SampleType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(at),
            _ => BinaryPrimitives.ReadDoubleLittleEndian(at),
        };
}
