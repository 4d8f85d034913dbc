using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Dendrite.Signals.Formats.Xdf;

/// <summary>
/// XDF 1.0, what LabRecorder writes: the streams of Lab Streaming Layer with the measurements of their clocks
/// (docs/formats.md).
/// </summary>
public sealed class XdfFormat : IRecordingFormat
{
    public string Name => "XDF";

    public IReadOnlyList<string> Extensions { get; } = [".xdf"];

    public bool Matches(ReadOnlySpan<byte> start, string name) => start.StartsWith(XdfChunks.Magic);

    public async Task<RecordingReader> OpenAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        var warnings = new RecordingWarnings();
        await using var file = files.OpenMain();
        byte[] magic = new byte[XdfChunks.Magic.Length];
        int length = await file.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, cancellationToken);
        if (!magic.AsSpan(0, length).SequenceEqual(XdfChunks.Magic))
        {
            throw new RecordingFormatException("magic", 0, "An XDF file begins with 'XDF:'. This is another format.");
        }
        var scan = await XdfScan.RunAsync(file, warnings, cancellationToken);
        if (scan.Streams.Count == 0)
        {
            throw new RecordingFormatException("streams", magic.Length, "The file has no stream.");
        }
        var sources = scan.Streams.Select(stream => new XdfSource(stream, warnings)).ToList();
        return new XdfReader(files, Describe(scan, sources, warnings), sources);
    }

    private static Recording Describe(XdfScan scan, List<XdfSource> sources, RecordingWarnings warnings)
    {
        // All clocks are the recorder's now; its zero is unknown, but not what the file's header says of its beginning.
        double origin = sources.Min(source => source.FirstSeconds) is var first && double.IsFinite(first) ? first : 0;
        sources.ForEach(source => source.Origin = origin);
        return new()
        {
            Format = $"XDF {XdfHeader.Value(scan.FileHeader, "version")}".TrimEnd(),
            MetadataKey = "xdf",
            StartTime = ReadStart(XdfHeader.Value(scan.FileHeader, "datetime")),
            Streams = [.. sources.Select(source => source.Describe())],
            Warnings = warnings.ToList(),
            Metadata = new JsonObject
            {
                ["fileHeader"] = scan.FileHeader?.ToString(SaveOptions.DisableFormatting),
                ["originSeconds"] = origin,
            },
        };
    }

    /// <summary>As <c>2021-08-19T10:16:07+0200</c>.</summary>
    private static DateTimeOffset? ReadStart(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var start)
        && start.Year is >= 1900 and <= 2199
            ? start
            : null;
}
