using System.Runtime.CompilerServices;

namespace Dendrite.Signals.Formats.BrainVision;

internal sealed class BrainVisionReader(
    IRecordingFiles files,
    Recording recording,
    IReadOnlyList<string> names,
    BrainVisionSamples samples,
    IReadOnlyList<RecordedAnchor> anchors
) : RecordingReader(recording, names)
{
    public override async IAsyncEnumerable<SamplePiece> ReadAsync(
        int stream,
        long firstSample,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var data = files.OpenCompanion(Files[1], "DataFile", 0);
        await foreach (var piece in samples.ReadAsync(data, firstSample, cancellationToken))
        {
            yield return piece.WithAnchorsOf(anchors);
        }
    }
}
