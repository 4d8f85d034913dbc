using System.Runtime.CompilerServices;

namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>Reads the files of a stream's channels side by side, some records of each at a time.</summary>
internal sealed class OpenEphysReader(
    IRecordingFiles files,
    Recording recording,
    IReadOnlyList<string> names,
    IReadOnlyList<ContinuousStream> streams
) : RecordingReader(recording, names)
{
    private const int PieceBytes = 1 << 20;

    public override IAsyncEnumerable<SamplePiece> ReadAsync(
        int stream,
        long firstSample,
        CancellationToken cancellationToken
    ) =>
        streams[stream]
            .Files[0]
            .Runs.ReadAsync(
                firstSample,
                (from, to) => ReadRunAsync(streams[stream], from, to, cancellationToken),
                cancellationToken
            );

    private async IAsyncEnumerable<SamplePiece> ReadRunAsync(
        ContinuousStream stream,
        long from,
        long to,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        int recordSamples = stream.Files[0].RecordSamples;
        int records = Math.Clamp(PieceBytes / 2 / recordSamples / stream.Files.Count, 1, 64);
        byte[] read = new byte[records * recordSamples * 2];
        for (long at = from; at < to; )
        {
            var (record, skipped) = Math.DivRem(at, recordSamples);
            int count = (int)Math.Min(((long)records * recordSamples) - skipped, to - at);
            int wanted = (int)((skipped + count + recordSamples - 1) / recordSamples) * recordSamples * 2;
            byte[] planar = new byte[count * 2 * stream.Files.Count];
            for (int channel = 0; channel < stream.Files.Count; channel++)
            {
                await using var file = files.OpenCompanion(stream.Files[channel].Name, "channel", 0);
                await stream.Files[channel].ReadAsync(file, record, read.AsMemory(0, wanted), cancellationToken);
                var target = planar.AsSpan(channel * count * 2, count * 2);
                read.AsSpan((int)skipped * 2, count * 2).CopyTo(target);
                Turn(target);
            }
            yield return new(at, count) { Groups = [planar] };
            at += count;
        }
    }

    /// <summary>From big-endian to little-endian.</summary>
    private static void Turn(Span<byte> samples)
    {
        for (int i = 0; i < samples.Length; i += 2)
        {
            (samples[i], samples[i + 1]) = (samples[i + 1], samples[i]);
        }
    }
}
