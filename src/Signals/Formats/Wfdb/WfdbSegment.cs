namespace Dendrite.Signals.Formats.Wfdb;

/// <summary>A signal file of a record and the signals in it, in order.</summary>
/// <param name="Name">Of the file.</param>
/// <param name="Packing">How its samples are packed.</param>
/// <param name="ByteOffset">Where they begin.</param>
/// <param name="Signals">Their places among the record's signals.</param>
/// <param name="FrameSamples">Samples of all its signals in a frame.</param>
internal sealed record WfdbFile(
    string Name,
    WfdbPacking Packing,
    long ByteOffset,
    IReadOnlyList<int> Signals,
    int FrameSamples
);

/// <summary>A record of one piece: its header and its files, checked against each other.</summary>
internal sealed class WfdbSegment
{
    private const int MaxFrameSamples = 1 << 20;

    private readonly WfdbHeader header;
    private readonly IRecordingFiles files;

    private WfdbSegment(WfdbHeader header, IRecordingFiles files, IReadOnlyList<WfdbFile> signalFiles)
    {
        this.header = header;
        this.files = files;
        SignalFiles = signalFiles;
    }

    public IReadOnlyList<WfdbSignal> Signals => header.Signals;

    public IReadOnlyList<WfdbFile> SignalFiles { get; }

    /// <summary>Those that the header promises and all files hold.</summary>
    public long FrameCount { get; private set; }

    /// <summary>Finds the files and counts their frames. Signals without samples have no file.</summary>
    public static async Task<WfdbSegment> OpenAsync(
        WfdbHeader header,
        IRecordingFiles files,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        var groups = header
            .Signals.Select((signal, index) => (signal, index))
            .Where(entry => entry.signal.HasSamples)
            .GroupBy(entry => entry.signal.File.Text, StringComparer.Ordinal);
        var segment = new WfdbSegment(header, files, [.. groups.Select(group => Group([.. group]))]);
        segment.FrameCount = await segment.CountAsync(warnings, cancellationToken);
        return segment;
    }

    /// <summary>Unpacks frames of one file: for each frame the samples of its signals in order.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="file">Which one it is.</param>
    /// <param name="samples">Whole frames.</param>
    public static async Task ReadFramesAsync(
        Stream stream,
        WfdbFile file,
        long firstFrame,
        Memory<int> samples,
        CancellationToken cancellationToken
    )
    {
        var packing = file.Packing;
        long firstSample = firstFrame * file.FrameSamples;
        var (firstUnit, skipped) = Math.DivRem(firstSample, packing.UnitSamples);
        int units = (int)((skipped + samples.Length + packing.UnitSamples - 1) / packing.UnitSamples);
        // Zero where the last unit is cut short after the samples that are wanted.
        byte[] bytes = new byte[units * packing.UnitBytes];
        stream.Position = file.ByteOffset + (firstUnit * packing.UnitBytes);
        _ = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        int[] unpacked = new int[units * packing.UnitSamples];
        packing.Unpack(bytes, unpacked);
        unpacked.AsMemory((int)skipped, samples.Length).CopyTo(samples);
    }

    public Stream Open(WfdbFile file) =>
        files.OpenCompanion(file.Name, header.RecordLine.Name, header.RecordLine.Offset);

    private static WfdbFile Group(IReadOnlyList<(WfdbSignal Signal, int Index)> entries)
    {
        var first = entries[0].Signal;
        var packing =
            WfdbPacking.Find(first.Format)
            ?? throw first.File.Refuse(
                $"Format {first.Format} is not read ({(first.Format > 500 ? "FLAC-compressed" : "unknown")}). Convert "
                    + "the record to format 16 with xform."
            );
        if (entries.FirstOrDefault(entry => entry.Signal.Format != first.Format).Signal is { } other)
        {
            throw other.File.Refuse($"Format {other.Format}, where the file's first signal has {first.Format}.");
        }
        long frameSamples = entries.Sum(entry => (long)entry.Signal.SamplesPerFrame);
        if (frameSamples > MaxFrameSamples)
        {
            throw first.File.Refuse($"{frameSamples} samples in a frame; at most {MaxFrameSamples} can be read.");
        }
        return new(
            first.File.Text,
            packing,
            first.ByteOffset,
            [.. entries.Select(entry => entry.Index)],
            (int)frameSamples
        );
    }

    private async Task<long> CountAsync(RecordingWarnings warnings, CancellationToken cancellationToken)
    {
        long? frames = header.FrameCount;
        foreach (var file in SignalFiles)
        {
            var field = header.Signals[file.Signals[0]].File;
            await using var stream = files.OpenCompanion(file.Name, field.Name, field.Offset);
            long present = file.Packing.SamplesIn(Math.Max(0, stream.Length - file.ByteOffset)) / file.FrameSamples;
            if (frames is { } stated && present < stated)
            {
                warnings.Add(
                    RecordingWarningKind.RecordsMissing,
                    header.RecordLine.Name,
                    header.RecordLine.Offset,
                    $"{stated} samples, but {file.Name} holds {present}: it was cut short. Those were read.",
                    header.RecordLine.File
                );
            }
            frames = Math.Min(frames ?? present, present);
        }
        return SignalFiles.Count == 0 ? header.FrameCount ?? 0 : frames ?? 0;
    }
}
