using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>Notes about what a file has in place of missing samples, so that nobody takes it for signal.</summary>
internal static class FilledStretches
{
    private const string Note = "Filled: no data";

    /// <summary>An annotation for each stretch that is filled; none unless that was asked for.</summary>
    public static IEnumerable<EdfAnnotation> Of(
        IReadOnlyList<StreamRuns> streams,
        RecordGrid? grid,
        EdfExportOptions options
    )
    {
        if (!options.Fill || grid is null)
        {
            return [];
        }
        return streams.SelectMany((stream, index) => Gaps(stream).Concat(Rest(stream, grid, index))).Distinct();
    }

    private static IEnumerable<EdfAnnotation> Gaps(StreamRuns stream) =>
        from piece in stream.Missing
        let seconds = stream.Rate.SecondsAt(piece.SampleCount)
        from text in piece.Gap is not null
            ? [Note]
            : piece.MissingChannels.Order().Select(channel => $"{Note}@@{channel}")
        select new EdfAnnotation(stream.SecondsAt(piece.FirstSample), seconds, text, 0);

    /// <summary>What the last record of each run lacks.</summary>
    private static IEnumerable<EdfAnnotation> Rest(StreamRuns stream, RecordGrid grid, int index) =>
        from pair in stream.Runs.Zip(grid.Runs)
        let written = pair.Second.RecordCount * grid.SamplesPerRecord[index]
        where written > pair.First.SampleCount
        let end = pair.First.OnsetSeconds + stream.Rate.SecondsAt(pair.First.SampleCount)
        select new EdfAnnotation(end, stream.Rate.SecondsAt(written - pair.First.SampleCount), Note, 0);
}
