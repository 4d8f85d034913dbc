using Dendrite.Signals.Formats.BrainVision;
using Dendrite.Signals.Formats.Edf;
using Dendrite.Signals.Formats.OpenBci;
using Dendrite.Signals.Formats.OpenEphys;
using Dendrite.Signals.Formats.SpikeGlx;
using Dendrite.Signals.Formats.Wfdb;
using Dendrite.Signals.Formats.Xdf;

namespace Dendrite.Signals.Formats;

/// <summary>
/// All formats that are read, and which of them a file is of: by content first, by its ending second.
/// </summary>
public static class RecordingFormats
{
    private const int StartBytes = 4096;

    public static IReadOnlyList<IRecordingFormat> All { get; } =
    [
        new EdfFormat(),
        new BrainVisionFormat(),
        new XdfFormat(),
        new WfdbFormat(),
        new OpenBciFormat(),
        new OpenEphysFormat(),
        new OpenEphysBinaryFormat(),
        new SpikeGlxFormat(),
    ];

    /// <summary>The format of a file; null for none that is known.</summary>
    /// <param name="start">Its first bytes: 1,024 or more, or all.</param>
    /// <param name="name">Its name.</param>
    public static IRecordingFormat? Detect(ReadOnlySpan<byte> start, string name)
    {
        foreach (var format in All)
        {
            if (format.Matches(start, name))
            {
                return format;
            }
        }
        string extension = Path.GetExtension(name).ToLowerInvariant();
        return All.FirstOrDefault(format => format.Extensions.Contains(extension));
    }

    /// <summary>Finds the format of a recording, and reads and checks the whole of it.</summary>
    /// <exception cref="RecordingFormatException">
    /// It is of no known format, or cannot be imported; see docs/formats.md.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static async Task<RecordingReader> OpenAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        byte[] start = await ReadStartAsync(files, cancellationToken);
        var format = Detect(start, files.MainName);
        return format is null
            ? throw UnknownFormats.Describe(start, files.MainName)
            : await format.OpenAsync(files, cancellationToken);
    }

    private static async Task<byte[]> ReadStartAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        await using var stream = files.OpenMain();
        byte[] start = new byte[StartBytes];
        int length = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        return start[..length];
    }
}
