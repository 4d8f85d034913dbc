using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dendrite.IngestService.Streams;
using Dendrite.Signals.Analysis;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Statistics;

/// <summary>
/// Computes statistics as samples flow by, each window told as soon as its last sample has passed. Holds the windows
/// that are open and one block, whatever the length of the range.
/// </summary>
internal sealed class StatisticsReader(BlockStore blocks)
{
    public async IAsyncEnumerable<V1.ReadStatisticsResponse> ReadAsync(
        BranchView branch,
        SignalStream stream,
        StatisticsPlan plan,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var windows = new WindowQueue(stream.Descriptor, plan, branch.Version.Value);
        if (plan.WindowCount == 0)
        {
            yield break;
        }

        var cutter = new ChunkCutter(stream.Descriptor, plan.Read);
        var groups = plan.Read.PlacesByGroup.Keys.ToArray();
        var (project, snapshot) = (branch.Project, branch.Snapshot);
        var parts = blocks.ReadAsync(project, snapshot, stream.StreamId, groups, plan.Read.Range, cancellation);
        await foreach (var part in parts)
        {
            // Whatever comes from now on begins here or later, in all groups.
            foreach (var response in windows.CloseUntil(part.Visible.Start))
            {
                yield return response;
            }

            foreach (var chunk in cutter.Cut(part).Select(response => response.Chunk).Where(chunk => chunk is not null))
            {
                windows.Add(chunk);
                if (groups.Length == 1)
                {
                    foreach (var response in windows.CloseUntil(chunk.FirstSample + chunk.SampleCount))
                    {
                        yield return response;
                    }
                }
            }
        }

        foreach (var response in windows.CloseUntil(long.MaxValue))
        {
            yield return response;
        }
    }

    /// <summary>The windows in their order, from the first that was not told to the last that has begun.</summary>
    private sealed class WindowQueue(SignalStreamDescriptor descriptor, StatisticsPlan plan, long version)
    {
        private readonly Dictionary<long, OpenWindow> open = [];
        private readonly Dictionary<int, int[]> rowsByGroup = RowsByGroup(descriptor, plan);
        private long next;

        public void Add(V1.SampleChunk chunk)
        {
            var samples = MemoryMarshal.Cast<byte, double>(chunk.Data.Span);
            var end = chunk.FirstSample + chunk.SampleCount;
            var rows = rowsByGroup[chunk.ChannelGroup];
            for (var index = FirstTouched(chunk.FirstSample); index < plan.WindowCount; index++)
            {
                var range = plan.WindowAt(index);
                if (range.Start >= end)
                {
                    break;
                }

                if (!open.TryGetValue(index, out var window))
                {
                    open[index] = window = new(range, plan);
                }

                for (var i = 0; i < rows.Length; i++)
                {
                    var run = samples.Slice(i * chunk.SampleCount, chunk.SampleCount);
                    window.Add(rows[i], chunk.FirstSample, run);
                }
            }
        }

        /// <summary>The windows that end at the sample or before it.</summary>
        public IEnumerable<V1.ReadStatisticsResponse> CloseUntil(long sample)
        {
            for (; next < plan.WindowCount && plan.WindowAt(next).End <= sample; next++)
            {
                // None of the samples of a window that was not begun is there.
                var window = open.Remove(next, out var begun) ? begun : new(plan.WindowAt(next), plan);
                for (var row = 0; row < plan.Read.Channels.Count; row++)
                {
                    yield return ToContract(window, row);
                }
            }
        }

        private long FirstTouched(long sample)
        {
            var offset = sample - plan.Read.Range.Start - plan.Length;
            return Math.Max(next, offset < 0 ? 0 : (offset / plan.Step) + 1);
        }

        private V1.ReadStatisticsResponse ToContract(OpenWindow window, int row)
        {
            var statistics = window.Of(row);
            var range = plan.WindowAt(next);
            return new()
            {
                Channel = descriptor.Channels[plan.Read.Channels[row]].Label,
                Window = new() { StartSample = range.Start, EndSample = range.End },
                SampleCount = statistics.Count,
                Values = { plan.Statistics.Select(statistic => Value(statistics, statistic)) },
                Version = version,
            };
        }

        private static double Value(WindowStatistics statistics, V1.SignalStatistic statistic) =>
            statistic switch
            {
                V1.SignalStatistic.Mean => statistics.Mean,
                V1.SignalStatistic.Variance => statistics.Variance,
                V1.SignalStatistic.RootMeanSquare => statistics.RootMeanSquare,
                V1.SignalStatistic.LineLength => statistics.LineLength,
                V1.SignalStatistic.DeltaPower => statistics.PowerIn(FrequencyBand.Delta),
                V1.SignalStatistic.ThetaPower => statistics.PowerIn(FrequencyBand.Theta),
                V1.SignalStatistic.AlphaPower => statistics.PowerIn(FrequencyBand.Alpha),
                V1.SignalStatistic.BetaPower => statistics.PowerIn(FrequencyBand.Beta),
                V1.SignalStatistic.GammaPower => statistics.PowerIn(FrequencyBand.Gamma),
                _ => throw new ArgumentOutOfRangeException(nameof(statistic), statistic, "The plan has checked it."),
            };

        private static Dictionary<int, int[]> RowsByGroup(SignalStreamDescriptor descriptor, StatisticsPlan plan) =>
            plan
                .Read.Channels.Select((channel, row) => (Group: descriptor.Channels[channel].ChannelGroup, Row: row))
                .GroupBy(entry => entry.Group, entry => entry.Row)
                .ToDictionary(group => group.Key, group => group.ToArray());
    }
}
