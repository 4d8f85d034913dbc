using System.Globalization;
using System.Text.Json.Nodes;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.SpikeGlx;

/// <summary>SpikeGLX: a <c>.meta</c> of text and a <c>.bin</c> of samples of the same name (docs/formats.md).</summary>
public sealed class SpikeGlxFormat : IRecordingFormat
{
    private const int MaxFactLength = 4000;

    public string Name => "SpikeGLX";

    public IReadOnlyList<string> Extensions { get; } = [];

    public bool Matches(ReadOnlySpan<byte> start, string name) =>
        name.EndsWith(".meta", StringComparison.OrdinalIgnoreCase)
        && (
            start.IndexOf("SampRate="u8) >= 0
            || start.IndexOf("acqApLfSy="u8) >= 0
            || start.IndexOf("acqMnMaXaDw="u8) >= 0
        );

    public async Task<RecordingReader> OpenAsync(IRecordingFiles files, CancellationToken cancellationToken)
    {
        var warnings = new RecordingWarnings();
        await using var main = files.OpenMain();
        var meta = new SpikeGlxMeta(await TextLines.ReadAsync(main, "", cancellationToken));
        var channels = meta.ReadChannels(warnings);
        string name = Path.ChangeExtension(files.MainName, ".bin");
        await using var data = files.OpenCompanion(name, "file name", 0);
        var samples = Check(meta, name, data.Length, channels.Count, warnings);
        var recording = new Recording
        {
            Format = "SpikeGLX",
            MetadataKey = "spikeGlx",
            StartTime = ReadStart(meta.Find("fileCreateTime").Text),
            Streams =
            [
                new()
                {
                    Rate = meta.Rate,
                    Channels = channels,
                    SampleCount = samples.SampleCount,
                },
            ],
            Warnings = warnings.ToList(),
            Metadata = new JsonObject(
                meta.Fields.Where(field => field.Text.Length <= MaxFactLength)
                    .Select(field => KeyValuePair.Create(field.Name, (JsonNode?)field.Text))
            ),
            Device = new() { Model = meta.Find("imDatPrb_pn").Text, SerialNumber = meta.Find("imDatPrb_sn").Text },
        };
        return new SpikeGlxReader(files, recording, [files.MainName, name], samples);
    }

    private static BinarySamples Check(
        SpikeGlxMeta meta,
        string name,
        long bytes,
        int channels,
        RecordingWarnings warnings
    )
    {
        long whole = BinarySamples.WholeSamples(bytes, RawSample.Int16, channels);
        var stated = meta.Find("fileSizeBytes");
        if (whole == 0)
        {
            throw new RecordingFormatException("data", 0, "Holds no whole sample.", name);
        }
        if (long.TryParse(stated.Text, CultureInfo.InvariantCulture, out long size) && size != bytes)
        {
            string message = $"{size}, but {name} has {bytes} bytes; what it holds was read.";
            warnings.Add(RecordingWarningKind.FieldsDisagree, stated.Name, stated.Offset, message);
        }
        if (bytes != whole * 2 * channels)
        {
            string message = $"Not all of the {2 * channels} bytes of this sample are there; left out.";
            warnings.Add(RecordingWarningKind.Truncated, $"sample {whole}", whole * 2 * channels, message, name);
        }
        return new(RawSample.Int16, channels, whole);
    }

    private static DateTimeOffset? ReadStart(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var start)
        && start.Year is >= 1900 and <= 2199
            ? start
            : null;
}

/// <summary>Reads the data file: all channels of one instant, then of the next.</summary>
internal sealed class SpikeGlxReader(
    IRecordingFiles files,
    Recording recording,
    IReadOnlyList<string> names,
    BinarySamples samples
) : RecordingReader(recording, names)
{
    public override async IAsyncEnumerable<SamplePiece> ReadAsync(
        int stream,
        long firstSample,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var data = files.OpenCompanion(Files[1], "file name", 0);
        await foreach (var piece in samples.ReadAsync(data, firstSample, cancellationToken))
        {
            yield return piece;
        }
    }
}
