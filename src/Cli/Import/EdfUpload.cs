using System.Runtime.InteropServices;
using Dendrite.Client.Appending;
using Dendrite.Signals.Edf;

namespace Dendrite.Cli.Import;

/// <summary>Sends one stream of a file, from wherever the platform already has it.</summary>
internal static class EdfUpload
{
    /// <summary>Sends what is missing and finishes the stream.</summary>
    /// <param name="progress">Told the index after the last sample handed on.</param>
    /// <returns>The version that holds the last of it.</returns>
    public static async Task<long> RunAsync(
        EdfSource source,
        StreamPlan plan,
        SignalWriter writer,
        IProgress<long> progress,
        CancellationToken cancellationToken
    )
    {
        await writer.WriteTimeAnchorsAsync(plan.Anchors, cancellationToken);
        await writer.WriteAnnotationsAsync(plan.Annotations, cancellationToken);
        if (plan.Group is { } group)
        {
            await SendSamplesAsync(source, group, writer, progress, cancellationToken);
        }
        var closed = await writer.CompleteAsync(finish: true, cancellationToken);
        return closed.Version;
    }

    private static async Task SendSamplesAsync(
        EdfSource source,
        EdfRateGroup group,
        SignalWriter writer,
        IProgress<long> progress,
        CancellationToken cancellationToken
    )
    {
        await using var file = source.Open();
        var reader = await EdfReader.OpenAsync(file, cancellationToken);
        byte[] planar = new byte[group.SamplesPerRecord * group.Signals.Count * sizeof(short)];
        // A resumed import may begin in the middle of a record.
        var (firstRecord, skipped) = Math.DivRem(writer.NextSample, group.SamplesPerRecord);
        progress.Report(writer.NextSample);
        await foreach (var record in reader.ReadRecordsAsync(firstRecord, cancellationToken))
        {
            int from = record.Index == firstRecord ? (int)skipped : 0;
            int length = Gather(record, group, from, planar);
            await writer.WriteAsync(0, planar.AsMemory(0, length), cancellationToken);
            progress.Report(writer.NextSample);
        }
    }

    /// <summary>
    /// Puts the samples of a record, from an index on, one channel behind the other; returns the bytes.
    /// </summary>
    private static int Gather(EdfRecord record, EdfRateGroup group, int from, Span<byte> planar)
    {
        int length = 0;
        foreach (var signal in group.Signals)
        {
            var samples = MemoryMarshal.AsBytes(record.Samples(signal)[from..]);
            samples.CopyTo(planar[length..]);
            length += samples.Length;
        }
        return length;
    }
}
