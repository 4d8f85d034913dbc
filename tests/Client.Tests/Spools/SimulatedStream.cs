using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;

namespace Dendrite.Client.Tests.Spools;

/// <summary>
/// A stream as the service keeps it: what goes on where a group stands is stored, what is there already must be the
/// same, and all else is refused.
/// </summary>
internal sealed class SimulatedStream(int groups)
{
    private const int Missing = -1;
    private const int OfAnother = -2;
    private const int NumberBits = 20;

    private readonly List<int>[] samples = [.. Enumerable.Range(0, groups).Select(_ => new List<int>())];

    public long Epoch { get; set; } = 1;

    public long[] Ends => Array.ConvertAll(samples, group => (long)group.Count);

    /// <summary>The numbers of a group's samples, without gaps and those of another writer.</summary>
    public IEnumerable<int> NumbersOf(int group) => samples[group].Where(number => number >= 0);

    public List<string> Notes { get; } = [];

    /// <summary>A sample that says its number, and is noisy, so that blocks fill a spool.</summary>
    public static int SampleOf(int number, Random noise) => (noise.Next(1 << 11) << NumberBits) | number;

    /// <summary>The numbers of a block's samples.</summary>
    public static int[] Decode(ReadOnlySpan<byte> block)
    {
        var opened = SampleBlock.Open(block);
        var decoded = new int[opened.Header.SampleCount];
        opened.Decode(MemoryMarshal.AsBytes(decoded.AsSpan()));
        return Array.ConvertAll(decoded, sample => sample & ((1 << NumberBits) - 1));
    }

    public void AppendOthers(int count)
    {
        Epoch++;
        var end = Ends.Max() + count;
        foreach (var group in samples)
        {
            group.AddRange(Enumerable.Repeat(OfAnother, (int)end - group.Count));
        }
    }

    public void Take(V1.AppendRequest message)
    {
        if (message.Block is { } block)
        {
            Place(block.ChannelGroup, block.FirstSample, Decode(block.Payload.Span));
        }
        else if (message.Gap is { } gap)
        {
            var missing = new int[gap.Range.EndSample - gap.Range.StartSample];
            Array.Fill(missing, Missing);
            if (!gap.HasChannelGroup)
            {
                Assert.Single(Ends.Distinct());
            }

            var all = gap.HasChannelGroup ? [gap.ChannelGroup] : Enumerable.Range(0, groups);
            foreach (var group in all)
            {
                Place(group, gap.Range.StartSample, missing);
            }
        }

        Notes.AddRange(message.Annotations?.Annotations.Select(note => note.Text) ?? []);
    }

    /// <summary>What goes through the outbox never lies before the end: that is left out before.</summary>
    private void Place(int group, long first, int[] run)
    {
        Assert.Equal(samples[group].Count, first);
        samples[group].AddRange(run);
    }
}
