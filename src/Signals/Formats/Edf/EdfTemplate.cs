using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf;

/// <summary>
/// What an import keeps of an EDF or BDF file beyond its samples and annotations, so that an export can write the
/// same
/// file again: the header to the byte, packed, and those onsets of records that are not where their segment puts
/// them.
/// </summary>
/// <param name="Header">Read from the bytes.</param>
/// <param name="HeaderBytes">As they stood in the file.</param>
/// <param name="StatedOnsets">By record, in seconds after the header's start time.</param>
internal sealed record EdfTemplate(
    EdfHeader Header,
    byte[] HeaderBytes,
    IReadOnlyDictionary<long, decimal> StatedOnsets
)
{
    private const string HeaderKey = "header";
    private const string OnsetsKey = "recordOnsets";
    private const string FirstOnsetKey = "firstOnsetSeconds";

    /// <summary>Adds to the metadata of a recording what <see cref="ReadAsync"/> finds there again.</summary>
    public static void Keep(JsonObject metadata, byte[] headerBytes, EdfRecording scanned)
    {
        metadata[HeaderKey] = PackedText.Pack(headerBytes);
        if (scanned.Segments is [{ OnsetSeconds: not 0 } first, ..])
        {
            metadata[FirstOnsetKey] = first.OnsetSeconds.ToString(CultureInfo.InvariantCulture);
        }
        if (scanned.StatedOnsets.Count > 0)
        {
            var lines = scanned.StatedOnsets.Select(stated =>
                string.Create(CultureInfo.InvariantCulture, $"{stated.Record} {stated.OnsetSeconds}")
            );
            metadata[OnsetsKey] = PackedText.Pack(string.Join('\n', lines));
        }
    }

    /// <summary>
    /// Seconds from the header's start time to the first sample, as an import kept them; 0 where it did not.
    /// </summary>
    public static decimal FirstOnset(JsonObject metadata) =>
        TextOf(metadata, FirstOnsetKey) is { } text
        && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal seconds)
            ? seconds
            : 0;

    /// <summary>Null where the metadata has none, or none that is whole: anyone may have changed it.</summary>
    public static async Task<EdfTemplate?> ReadAsync(JsonObject metadata, CancellationToken cancellationToken)
    {
        if (TextOf(metadata, HeaderKey) is not { } packed || PackedText.TryUnpack(packed) is not { } bytes)
        {
            return null;
        }
        try
        {
            using var stream = new MemoryStream(bytes);
            var header = await EdfHeaderReader.ReadAsync(stream, new RecordingWarnings(), cancellationToken);
            return bytes.Length == header.HeaderBytes ? new(header, bytes, ReadOnsets(metadata)) : null;
        }
        catch (RecordingFormatException)
        {
            return null;
        }
    }

    private static Dictionary<long, decimal> ReadOnsets(JsonObject metadata)
    {
        var onsets = new Dictionary<long, decimal>();
        if (TextOf(metadata, OnsetsKey) is not { } packed || PackedText.TryUnpack(packed) is not { } bytes)
        {
            return onsets;
        }
        foreach (string line in Encoding.Latin1.GetString(bytes).Split('\n'))
        {
            if (
                line.Split(' ') is [var record, var onset]
                && long.TryParse(record, NumberStyles.None, CultureInfo.InvariantCulture, out long index)
                && decimal.TryParse(onset, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal seconds)
            )
            {
                onsets[index] = seconds;
            }
        }
        return onsets;
    }

    private static string? TextOf(JsonObject metadata, string key) =>
        metadata[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
