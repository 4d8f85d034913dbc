using Dendrite.Client.Appending;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats;
using Dendrite.V1;

namespace Dendrite.Cli.Import;

/// <summary>Sends one stream of a recording, from wherever the platform already has it.</summary>
internal static class RecordingUpload
{
    /// <summary>Sends what is missing and finishes the stream.</summary>
    /// <param name="progress">Told the index after the last sample handed on.</param>
    /// <returns>The version that holds the last of it.</returns>
    public static async Task<long> RunAsync(
        RecordingSource source,
        StreamPlan plan,
        SignalWriter writer,
        IProgress<long> progress,
        CancellationToken cancellationToken
    )
    {
        await writer.WriteAnnotationsAsync(plan.Annotations, cancellationToken);
        long next = writer.NextSample;
        progress.Report(next);
        await foreach (var piece in source.Reader.ReadAsync(plan.Index, next, cancellationToken))
        {
            await WriteAsync(plan, writer, piece, cancellationToken);
            progress.Report(writer.NextSample);
        }
        var closed = await writer.CompleteAsync(finish: true, cancellationToken);
        return closed.Version;
    }

    private static async Task WriteAsync(
        StreamPlan plan,
        SignalWriter writer,
        SamplePiece piece,
        CancellationToken cancellationToken
    )
    {
        // Before the samples: what is durable then has its anchors too, and a resumed import need not look back.
        await writer.WriteTimeAnchorsAsync(piece.Anchors.Select(plan.ToContract), cancellationToken);
        if (piece.Gap is { } cause)
        {
            await writer.WriteGapAsync(piece.SampleCount, CauseOf(cause), piece.Note, cancellationToken);
            return;
        }
        for (int group = 0; group < piece.Groups.Count; group++)
        {
            await writer.WriteAsync(group, Ahead(plan, writer, piece, group), cancellationToken);
        }
    }

    /// <summary>
    /// The samples of a group that are not there yet: an import that was broken off may have left one group ahead of
    /// the others.
    /// </summary>
    private static ReadOnlyMemory<byte> Ahead(StreamPlan plan, SignalWriter writer, SamplePiece piece, int group)
    {
        var planar = piece.Groups[group];
        long skipped = Math.Clamp(writer.NextSampleOf(group) - piece.FirstSample, 0, piece.SampleCount);
        if (skipped == 0)
        {
            return planar;
        }
        int sampleBytes = plan.Recorded.Groups[group][0].SampleType.SizeBytes();
        int channelBytes = (int)piece.SampleCount * sampleBytes;
        int from = (int)skipped * sampleBytes;
        byte[] rest = new byte[planar.Length / channelBytes * (channelBytes - from)];
        for (int at = 0, to = 0; at < planar.Length; at += channelBytes, to += channelBytes - from)
        {
            planar.Span[(at + from)..(at + channelBytes)].CopyTo(rest.AsSpan(to));
        }
        return rest;
    }

    private static GapCause CauseOf(RecordedGapCause cause) =>
        cause switch
        {
            RecordedGapCause.Paused => GapCause.Paused,
            RecordedGapCause.DeviceCounterJump => GapCause.DeviceCounterJump,
            _ => GapCause.Declared,
        };
}
