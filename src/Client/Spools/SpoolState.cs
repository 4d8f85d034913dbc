using System.Text.Json;
using System.Text.Json.Serialization;
using Dendrite.Errors;

namespace Dendrite.Client.Spools;

/// <summary>What a spool has to remember beside its records; a small file that is replaced whole.</summary>
internal sealed record SpoolState
{
    /// <summary>Name of the stream.</summary>
    public required string Stream { get; init; }

    /// <summary>Channels and rate in one line, so that a spool is never sent into a stream of another shape.</summary>
    public required string Layout { get; init; }

    /// <summary>The epoch under which the stream was last written; a restart goes on under it.</summary>
    public long? Epoch { get; init; }

    /// <summary>
    /// For each session whose place is known, the stream's index of the gateway's sample 0. Written before anything of
    /// the session is sent: what was sent once is sent again to the same place.
    /// </summary>
    public SortedDictionary<long, long> Origins { get; init; } = [];

    /// <summary>The last session whose place is known; 0 where there is none.</summary>
    [JsonIgnore]
    public long LastSession => Origins.Count == 0 ? 0 : Origins.Keys.Max();
}

/// <summary>Keeps the <see cref="SpoolState"/> in the spool's directory. For one caller at a time.</summary>
internal sealed class SpoolStateFile
{
    private readonly string path;

    private SpoolStateFile(string path, SpoolState state)
    {
        this.path = path;
        State = state;
    }

    public SpoolState State { get; private set; }

    /// <summary>Reads the state, or begins one.</summary>
    /// <exception cref="DendriteException">The spool is that of another stream, or its state is damaged.</exception>
    public static SpoolStateFile Open(string directory, string stream, string layout)
    {
        var path = Path.Combine(directory, "state.json");
        if (!File.Exists(path))
        {
            var file = new SpoolStateFile(path, new() { Stream = stream, Layout = layout });
            file.Save(file.State);
            return file;
        }

        var state = Read(path);
        if (state.Stream != stream || state.Layout != layout)
        {
            var (was, now) = state.Stream != stream ? (state.Stream, stream) : (state.Layout, layout);
            throw new DendriteException(
                ErrorReason.StreamLayoutMismatch,
                $"The spool directory {directory} is that of {was}, not of {now}: give this gateway a directory of its "
                    + "own, and let the other one drain its spool."
            );
        }

        return new(path, state);
    }

    /// <summary>Replaces the state; on the disk when it returns.</summary>
    public void Save(SpoolState state)
    {
        using (var file = new FileStream(path + SegmentThinner.NewExtension, FileMode.Create))
        {
            JsonSerializer.Serialize(file, state, SpoolJson.Default.SpoolState);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + SegmentThinner.NewExtension, path, overwrite: true);
        State = state;
    }

    private static SpoolState Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), SpoolJson.Default.SpoolState)!;
        }
        catch (JsonException damaged)
        {
            throw new DendriteException(
                ErrorReason.MalformedBlock,
                $"{path} is damaged, so where the spooled samples belong is not known: move the directory away to keep "
                    + "them, and start with an empty one.",
                damaged
            );
        }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SpoolState))]
internal sealed partial class SpoolJson : JsonSerializerContext;
