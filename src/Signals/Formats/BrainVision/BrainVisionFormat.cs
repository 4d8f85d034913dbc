using System.Text.Json.Nodes;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.BrainVision;

/// <summary>
/// BrainVision Core Data Format 1.0 and 2.0: a <c>.vhdr</c> that names its data and its markers (docs/formats.md).
/// </summary>
public sealed class BrainVisionFormat : IRecordingFormat
{
    public string Name => "BrainVision";

    public IReadOnlyList<string> Extensions { get; } = [".vhdr", ".ahdr"];

    public bool Matches(ReadOnlySpan<byte> start, string name)
    {
        var text = start.StartsWith("\uFEFF"u8) ? start[3..] : start;
        return (text.StartsWith("Brain Vision"u8) || text.StartsWith("BrainVision"u8))
            && text[..Math.Min(text.Length, 100)].IndexOf("Header File"u8) >= 0;
    }

    public async Task<RecordingReader> OpenAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        var warnings = new RecordingWarnings();
        var header = await ReadHeaderAsync(files, warnings, cancellationToken);
        var names = new List<string> { files.MainName, header.DataFile.Text };
        var markers = new BrainVisionMarkers(header, header.MarkerFile.Text, warnings);
        await using (var data = files.OpenCompanion(header.DataFile.Text, "DataFile", header.DataFile.Offset))
        {
            var samples = await BrainVisionSamples.CheckAsync(header, data, warnings, cancellationToken);
            if (await ReadMarkersAsync(files, header, markers, warnings, cancellationToken))
            {
                names.Add(header.MarkerFile.Text);
            }
            var recording = Describe(header, markers, samples.SampleCount, warnings);
            return new BrainVisionReader(files, recording, names, samples, markers.Anchors);
        }
    }

    private static async Task<BrainVisionHeader> ReadHeaderAsync(
        IRecordingFiles files,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        await using var stream = files.OpenMain();
        var text = await TextLines.ReadAsync(stream, "", cancellationToken);
        return text.Lines.Count == 0
            ? throw new RecordingFormatException("header", 0, "The file is empty. Copy it again from its source.")
            : BrainVisionHeader.Parse(text, files.MainName, warnings);
    }

    /// <summary>False where there are none.</summary>
    private static async Task<bool> ReadMarkersAsync(
        IRecordingFiles files,
        BrainVisionHeader header,
        BrainVisionMarkers markers,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        var field = header.MarkerFile;
        if (field.Text.Length == 0)
        {
            return false;
        }
        await using var stream = files.Find(field.Text);
        if (stream is null)
        {
            warnings.Add(
                RecordingWarningKind.CompanionMissing,
                "MarkerFile",
                field.Offset,
                $"'{field.Text}' is not beside this file; imported without markers."
            );
            return false;
        }
        markers.Read(await TextLines.ReadAsync(stream, field.Text, cancellationToken));
        return true;
    }

    private static Recording Describe(
        BrainVisionHeader header,
        BrainVisionMarkers markers,
        long samples,
        RecordingWarnings warnings
    ) =>
        new()
        {
            Format = $"BrainVision {header.Version}".TrimEnd(),
            MetadataKey = "brainVision",
            StartTime = markers.StartTime,
            Streams =
            [
                new()
                {
                    Rate = header.Rate,
                    Channels = header.Channels,
                    SampleCount = samples,
                    Annotations = markers.Annotations,
                },
            ],
            Warnings = warnings.ToList(),
            Metadata = Metadata(header),
        };

    private static JsonObject Metadata(BrainVisionHeader header)
    {
        var metadata = new JsonObject { ["version"] = header.Version };
        foreach (string section in new[] { BrainVisionIni.CommonInfos, "Binary Infos", "ASCII Infos", "User Infos" })
        {
            var entries = new JsonObject(
                header.Ini.Section(section).Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value.Text))
            );
            if (entries.Count > 0)
            {
                metadata[section] = entries;
            }
        }
        if (header.Ini.Comment.Length > 0)
        {
            metadata["comment"] = header.Ini.Comment;
        }
        return metadata;
    }
}
