using System.Runtime.CompilerServices;

namespace Dendrite.Signals.Formats.Wfdb;

/// <summary>The signals of a record that share a rate, and how each is stored.</summary>
/// <param name="SamplesPerFrame">Of each of them.</param>
/// <param name="Signals">Their places among the record's signals.</param>
/// <param name="Packings">For each of them.</param>
/// <param name="Groups">For each of them, its channel group.</param>
internal sealed record WfdbStream(
    int SamplesPerFrame,
    IReadOnlyList<int> Signals,
    IReadOnlyList<WfdbPacking> Packings,
    IReadOnlyList<int> Groups
);

/// <summary>Reads the samples of one rate: part by part, all files of a part side by side.</summary>
internal sealed class WfdbReader(Recording recording, WfdbRecord record, IReadOnlyList<WfdbStream> streams)
    : RecordingReader(recording, record.Names)
{
    public override async IAsyncEnumerable<SamplePiece> ReadAsync(
        int stream,
        long firstSample,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var wanted = streams[stream];
        var (firstFrame, skipped) = Math.DivRem(firstSample, wanted.SamplesPerFrame);
        foreach (var part in record.Parts.Where(part => part.FirstFrame + part.Frames > firstFrame))
        {
            long from = Math.Max(firstFrame, part.FirstFrame);
            if (part.Segment is null)
            {
                long count = (part.FirstFrame + part.Frames - from) * wanted.SamplesPerFrame;
                yield return new((from * wanted.SamplesPerFrame) + skipped, count - skipped)
                {
                    Gap = RecordedGapCause.Declared,
                    Note = "A pause between segments of the record.",
                };
                skipped = 0;
                continue;
            }
            await foreach (var piece in ReadPartAsync(part, wanted, from, cancellationToken))
            {
                yield return skipped == 0 ? piece : WfdbPieces.Skip(piece, wanted, (int)skipped);
                skipped = 0;
            }
        }
    }

    private static async IAsyncEnumerable<SamplePiece> ReadPartAsync(
        WfdbPart part,
        WfdbStream wanted,
        long from,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var segment = part.Segment!;
        long first = from - part.FirstFrame;
        var walks = segment
            .SignalFiles.Select(file => new WfdbFrames(segment, file).ReadAsync(first, part.Frames, cancellationToken))
            .Select(frames => frames.GetAsyncEnumerator(cancellationToken))
            .ToList();
        try
        {
            int most = WfdbFrames.PieceFrames(segment);
            for (long at = first; at < part.Frames; at += most)
            {
                foreach (var walk in walks)
                {
                    await walk.MoveNextAsync();
                }
                var runs = walks.Select(walk => walk.Current).ToList();
                int frames = (int)Math.Min(most, part.Frames - at);
                yield return WfdbPieces.Of(part, wanted, runs, at, frames);
            }
        }
        finally
        {
            foreach (var walk in walks)
            {
                await walk.DisposeAsync();
            }
        }
    }
}
