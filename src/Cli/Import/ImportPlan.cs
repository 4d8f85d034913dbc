using Dendrite.Signals.Edf;
using Dendrite.V1;

namespace Dendrite.Cli.Import;

/// <summary>What a file becomes, worked out before anything is sent. Pure.</summary>
internal static class ImportPlan
{
    /// <summary>The label that holds the SHA-256 of the file, by which the same file is known again.</summary>
    public const string SourceLabel = "source-sha256";

    /// <summary>What EDF+ asks anonymised files to carry; used when a file does not say when it began.</summary>
    private static readonly DateTimeOffset UnknownStart = new(1985, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>One plan for each rate in the file.</summary>
    /// <param name="source">The file, read and checked.</param>
    /// <param name="streamId">Id of the stream, or the beginning of the ids when there are several.</param>
    /// <param name="start">Overrides the start time in the file.</param>
    public static IReadOnlyList<StreamPlan> Of(EdfSource source, string streamId, DateTimeOffset? start)
    {
        var recording = source.Recording;
        var began = start ?? FileStart(recording.Header) ?? UnknownStart;
        decimal firstOnset = recording.Segments.Count > 0 ? recording.Segments[0].OnsetSeconds : 0;
        var groups = recording.Header.RateGroups;
        if (groups.Count == 0)
        {
            var holder = EdfDescriptor.ForAnnotations(source, began);
            return [new(streamId, null, holder, 0, EdfAnnotations.Of(source, null, 0), [])];
        }
        var annotated = groups.MaxBy(group => group.SamplesPerRecord);
        return
        [
            .. groups.Select(group => new StreamPlan(
                groups.Count == 1 ? streamId : StreamIds.WithRate(streamId, group.RateHz),
                group,
                EdfDescriptor.Of(source, group, ExactRate.After(began, firstOnset)),
                recording.SampleCount(group),
                ReferenceEquals(group, annotated) ? EdfAnnotations.Of(source, group, firstOnset) : [],
                Anchors(recording, group, began)
            )),
        ];
    }

    private static DateTimeOffset? FileStart(EdfHeader header) =>
        header.StartTime is { } start ? new DateTimeOffset(start, TimeSpan.Zero) : null;

    /// <summary>
    /// The first and last sample of each piece, where there are several: between anchors time runs evenly, so a gap
    /// lies exactly between the last sample before it and the first one after it.
    /// </summary>
    private static TimeAnchor[] Anchors(EdfRecording recording, EdfRateGroup group, DateTimeOffset began)
    {
        if (recording.Segments.Count < 2)
        {
            return [];
        }
        return [.. recording.Segments.SelectMany(segment => Ends(segment, group, began))];
    }

    private static IEnumerable<TimeAnchor> Ends(EdfSegment segment, EdfRateGroup group, DateTimeOffset began)
    {
        long first = segment.FirstRecord * group.SamplesPerRecord;
        long samples = segment.RecordCount * group.SamplesPerRecord;
        yield return new() { Sample = first, Instant = ExactRate.After(began, segment.OnsetSeconds) };
        if (samples > 1)
        {
            decimal last = segment.OnsetSeconds + ((samples - 1) / group.RateHz);
            yield return new() { Sample = first + samples - 1, Instant = ExactRate.After(began, last) };
        }
    }
}
