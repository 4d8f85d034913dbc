using System.Runtime.InteropServices;
using Dendrite.Operations;
using Dendrite.Storage.Operations;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>
/// The figures of all windows of a plan, kept as parts of the operation: of hours of a thousand channels they are half
/// a gigabyte. A part holds some windows of some channels, so that tests read what they need of all windows:
/// <code>
/// g{plan}/s{stream}/c{chunk}/b{batch}   channel by channel, window by window, figure by figure: 8 bytes each
/// </code>
/// Not thread-safe.
/// </summary>
internal sealed class FeatureParts
{
    /// <summary>Windows of a part.</summary>
    public const int ChunkWindows = 128;

    /// <summary>Channels of a part.</summary>
    public const int BatchChannels = 32;

    private readonly LockstepPlan plan;
    private readonly int featureCount;
    private readonly double[][] open;
    private int count;

    public FeatureParts(LockstepPlan plan, int featureCount)
    {
        this.plan = plan;
        this.featureCount = featureCount;
        open = [.. plan.Streams.Select(stream => new double[stream.Channels.Count * ChunkWindows * featureCount])];
    }

    /// <summary>Whether a chunk is full, to be taken before the next window comes.</summary>
    public bool IsFull => count == ChunkWindows;

    /// <summary>Takes the figures of the window that the analysis has just been given.</summary>
    public void Add(LockstepAnalysis analysis)
    {
        for (var stream = 0; stream < open.Length; stream++)
        {
            for (var channel = 0; channel < plan.Streams[stream].Channels.Count; channel++)
            {
                var at = ((channel * ChunkWindows) + count) * featureCount;
                analysis.FeaturesOf(stream, channel).CopyTo(open[stream].AsSpan(at));
            }
        }

        count++;
    }

    /// <summary>The chunk as parts; the next one begins.</summary>
    /// <param name="chunk">Its number.</param>
    public IEnumerable<OperationPart> Take(long chunk)
    {
        List<OperationPart> parts = [];
        for (var stream = 0; stream < open.Length && count > 0 && featureCount > 0; stream++)
        {
            var channels = plan.Streams[stream].Channels.Count;
            for (var first = 0; first < channels; first += BatchChannels)
            {
                var batch = Math.Min(BatchChannels, channels - first);
                var content = new double[batch * count * featureCount];
                for (var i = 0; i < batch; i++)
                {
                    open[stream]
                        .AsSpan((first + i) * ChunkWindows * featureCount, count * featureCount)
                        .CopyTo(content.AsSpan(i * count * featureCount));
                }

                var name = Name(new(stream, first), chunk);
                parts.Add(new(name, MemoryMarshal.AsBytes<double>(content).ToArray()));
            }
        }

        count = 0;
        return parts;
    }

    /// <summary>Bytes that all windows of one channel are.</summary>
    public static long ChannelBytes(LockstepPlan plan, int featureCount) =>
        plan.WindowCount * featureCount * sizeof(double);

    /// <summary>
    /// All windows of some channels of a part, one at least: by channel, then figure, without those that are not whole.
    /// </summary>
    /// <param name="heldBytes">What they may take.</param>
    public async Task<FeatureBatch> ReadAsync(
        OperationWork work,
        ChannelPlace at,
        long heldBytes,
        CancellationToken cancellation
    )
    {
        var held = (int)Math.Clamp(heldBytes / Math.Max(1, ChannelBytes(plan, featureCount)), 1, BatchChannels);
        var inPart = at.Channel % BatchChannels / held * held;
        var partFirst = at.Channel / BatchChannels * BatchChannels;
        var partChannels = Math.Min(BatchChannels, plan.Streams[at.Stream].Channels.Count - partFirst);
        var channels = Math.Min(held, partChannels - inPart);
        List<double>[][] values =
        [
            .. Enumerable
                .Range(0, channels)
                .Select(_ => Enumerable.Range(0, featureCount).Select(_ => new List<double>()).ToArray()),
        ];
        for (var chunk = 0L; chunk * ChunkWindows < plan.WindowCount; chunk++)
        {
            var part = await work.FindPartAsync(Name(new(at.Stream, partFirst), chunk), cancellation);
            if (part is not null)
            {
                var content = MemoryMarshal.Cast<byte, double>(part);
                var perChannel = content.Length / partChannels;
                Spread(content.Slice(inPart * perChannel, channels * perChannel), values);
            }
        }

        return new(partFirst + inPart, values);
    }

    private void Spread(ReadOnlySpan<double> content, List<double>[][] values)
    {
        var windows = content.Length / values.Length / featureCount;
        for (var i = 0; i < content.Length; i++)
        {
            if (!double.IsNaN(content[i]))
            {
                values[i / featureCount / windows][i % featureCount].Add(content[i]);
            }
        }
    }

    private string Name(ChannelPlace at, long chunk) =>
        $"g{plan.Index}/s{at.Stream}/c{chunk}/b{at.Channel / BatchChannels}";
}

/// <summary>Figures of all whole windows of some channels.</summary>
/// <param name="First">The first channel.</param>
/// <param name="Values">By channel from it on, then by figure.</param>
internal sealed record FeatureBatch(int First, List<double>[][] Values)
{
    public List<double>[] Of(int channel) => Values[channel - First];

    public bool Holds(int channel) => channel >= First && channel < First + Values.Length;
}
