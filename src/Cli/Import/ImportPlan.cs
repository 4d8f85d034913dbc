using Dendrite.Signals.Formats;

namespace Dendrite.Cli.Import;

/// <summary>What a recording becomes, worked out before anything is sent. Pure.</summary>
internal static class ImportPlan
{
    /// <summary>The label that holds the SHA-256 of the file, by which the same file is known again.</summary>
    public const string SourceLabel = "source-sha256";

    /// <summary>What EDF+ asks anonymised files to carry; used when a file does not say when it began.</summary>
    private static readonly DateTimeOffset UnknownStart = new(1985, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>One plan for each stream of the recording.</summary>
    /// <param name="source">The recording, read and checked.</param>
    /// <param name="streamId">Id of the stream, or the beginning of the ids when there are several.</param>
    /// <param name="start">Overrides the start time in the file.</param>
    public static IReadOnlyList<StreamPlan> Of(RecordingSource source, string streamId, DateTimeOffset? start)
    {
        var began = start ?? source.Recording.StartTime ?? UnknownStart;
        var ids = StreamIds.OfStreams(streamId, [.. source.Recording.Streams.Select(stream => stream.Suffix)]);
        return [.. source.Recording.Streams.Select((stream, index) => Plan(stream, index))];

        StreamPlan Plan(RecordedStream stream, int index) =>
            new(
                ids[index],
                index,
                stream,
                StreamDescriptor.Of(source, stream, ExactTime.After(began, stream.OnsetSeconds)),
                StreamAnnotations.Of(source, stream, index),
                began
            );
    }
}
