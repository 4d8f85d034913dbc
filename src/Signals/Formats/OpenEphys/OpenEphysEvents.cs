using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>The events of a recording in the binary format: digital lines that change, and texts.</summary>
/// <param name="files">The recording's.</param>
/// <param name="names">Is told which files were read.</param>
internal sealed class OpenEphysEvents(IRecordingFiles files, List<string> names, RecordingWarnings warnings)
{
    private const int MaxEvents = 1_000_000;

    /// <summary>The events of one entry of <c>events</c>: numbers of samples, and what happened.</summary>
    public async Task<IReadOnlyList<(long Number, RecordedAnnotation Annotation)>> ReadAsync(
        JsonElement entry,
        CancellationToken cancellationToken
    )
    {
        string folder = $"events/{OpenEphysBinary.Text(entry, "folder_name").TrimEnd('/', '\\')}";
        long[]? numbers =
            await ReadAsync($"{folder}/sample_numbers.npy", cancellationToken)
            ?? await ReadAsync($"{folder}/timestamps.npy", cancellationToken);
        if (numbers is null)
        {
            string message = $"No numbers of samples in {folder}; its events are left out.";
            warnings.Add(RecordingWarningKind.CompanionMissing, "events", 0, message);
            return [];
        }
        string[]? texts = await ReadTextsAsync($"{folder}/text.npy", cancellationToken);
        if (texts is not null)
        {
            return [.. numbers.Zip(texts, (number, text) => (number, Note(text)))];
        }
        long[]? states =
            await ReadAsync($"{folder}/states.npy", cancellationToken)
            ?? await ReadAsync($"{folder}/channel_states.npy", cancellationToken);
        return states is null ? [] : [.. numbers.Zip(states, (number, state) => (number, Line(state)))];
    }

    /// <summary>A line goes on at its number and off at the negative of it.</summary>
    public static RecordedAnnotation Line(long state) =>
        new(string.Create(CultureInfo.InvariantCulture, $"TTL {Math.Abs(state)} {(state > 0 ? "on" : "off")}"))
        {
            Category = "ttl",
            DurationSeconds = 0,
            Metadata = new JsonObject { ["line"] = Math.Abs(state), ["state"] = state > 0 },
        };

    public static RecordedAnnotation Note(string text) =>
        new(text.Length > 0 ? text : "(empty)") { Category = "message", DurationSeconds = 0 };

    private async Task<long[]?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        await using var stream = files.Find(name);
        if (
            stream is null
            || await NpyFile.TryOpenAsync(stream, name, warnings, cancellationToken) is not { IsFloat: false } values
        )
        {
            return null;
        }
        names.Add(name);
        return await values.ReadIntegersAsync(0, Count(values, name), cancellationToken);
    }

    private async Task<string[]?> ReadTextsAsync(string name, CancellationToken cancellationToken)
    {
        await using var stream = files.Find(name);
        if (stream is null)
        {
            return null;
        }
        if (await NpyFile.TryOpenAsync(stream, name, warnings, cancellationToken) is not { } values)
        {
            return null;
        }
        names.Add(name);
        string[] texts = new string[Count(values, name)];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = await values.ReadTextAsync(i, cancellationToken);
        }
        return texts;
    }

    private int Count(NpyFile values, string name)
    {
        if (values.Count > MaxEvents)
        {
            string message = $"{values.Count} events; the first {MaxEvents} are kept.";
            warnings.Add(RecordingWarningKind.AnnotationsTooMany, "events", 0, message, name);
        }
        return (int)Math.Min(values.Count, MaxEvents);
    }
}
