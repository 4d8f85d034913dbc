using Dendrite.Signals.Analysis;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Statistics;

/// <summary>A window whose samples are coming.</summary>
internal sealed class OpenWindow
{
    private readonly SampleRange range;
    private readonly (WindowStatistics Statistics, long NextSample)[] rows;

    public OpenWindow(SampleRange range, StatisticsPlan plan)
    {
        this.range = range;
        rows = new (WindowStatistics, long)[plan.Read.Channels.Count];
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = (new(plan.SegmentLength, plan.Rate), range.Start);
        }
    }

    /// <summary>Takes those of a run of samples that lie in it.</summary>
    public void Add(int row, long firstSample, ReadOnlySpan<double> samples)
    {
        var part = range.Intersect(new(firstSample, firstSample + samples.Length));
        if (part.IsEmpty)
        {
            return;
        }

        var (statistics, next) = rows[row];
        if (part.Start != next)
        {
            statistics.Break();
        }

        statistics.Add(samples.Slice((int)(part.Start - firstSample), (int)part.Count));
        rows[row].NextSample = part.End;
    }

    public WindowStatistics Of(int row) => rows[row].Statistics;
}
