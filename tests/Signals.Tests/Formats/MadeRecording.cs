using System.Runtime.CompilerServices;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats;

/// <summary>A recording that a test made: streams, and the pieces of each.</summary>
internal sealed class MadeRecording(Recording recording, params SamplePiece[][] pieces) : RecordingReader(recording, [])
{
    public static readonly DateTimeOffset Start = new(2026, 3, 14, 9, 26, 53, TimeSpan.Zero);

    /// <summary>One stream of these pieces, which follow each other.</summary>
    public static MadeRecording Of(
        RecordedRate rate,
        IReadOnlyList<RecordedChannel> channels,
        IReadOnlyList<RecordedAnnotation> annotations,
        params SamplePiece[] pieces
    )
    {
        var stream = new RecordedStream
        {
            Rate = rate,
            Channels = channels,
            SampleCount = pieces.Sum(piece => piece.SampleCount),
            MissingSampleCount = pieces.Where(piece => piece.Gap is not null).Sum(piece => piece.SampleCount),
            Annotations = annotations,
        };
        return new(Describe(stream), pieces);
    }

    public static Recording Describe(params RecordedStream[] streams) =>
        new()
        {
            Format = "made",
            MetadataKey = "",
            StartTime = Start,
            Streams = streams,
            Warnings = [],
        };

    public override async IAsyncEnumerable<SamplePiece> ReadAsync(
        int stream,
        long firstSample,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await Task.CompletedTask;
        foreach (var piece in pieces[stream])
        {
            yield return piece;
        }
    }
}
