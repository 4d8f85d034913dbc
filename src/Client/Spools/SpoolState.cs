using System.Text.Json;
using System.Text.Json.Serialization;
using Dendrite.Backups.Stores;
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

    /// <summary>
    /// What was known to be durable when a call ended last; null before. Written as seldom as that, so a kill leaves an
    /// older one.
    /// </summary>
    public DurablePoint? Durable { get; init; }

    /// <summary>
    /// Number of the last event (annotations, anchors) that is known to be durable; 0 before. Written when a call ends,
    /// and now and then before that.
    /// </summary>
    public long DurableEvent { get; init; }

    /// <summary>
    /// For each group, the gateway's count from which on samples were given a place behind those of another writer;
    /// what is before is not sent any more. Null: there was none.
    /// </summary>
    public long[]? SentFrom { get; init; }

    /// <summary>The last session of which something was sent; 0 where there is none.</summary>
    [JsonIgnore]
    public long LastSession => Math.Max(Origins.Keys.LastOrDefault(), SpoolRecord.SessionOf(DurableEvent));
}

/// <summary>What is durable.</summary>
/// <param name="Counted">For each group, by the gateway's count.</param>
/// <param name="Stored">For each group, where the stream stood then.</param>
internal sealed record DurablePoint(long[] Counted, long[] Stored);

/// <summary>
/// Keeps the <see cref="SpoolState"/> in the spool's directory. Thread-safe: a change that another one overlaps is made
/// to what that one left.
/// </summary>
internal sealed class SpoolStateFile
{
    /// <summary>How often durable events are noted: what a kill leaves of them is sent again.</summary>
    private static readonly TimeSpan EventInterval = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly string path;
    private long? eventNotedAt;

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
            file.Change(state => state);
            return file;
        }

        var state = Read(path);
        if (state.Stream != stream || state.Layout != layout)
        {
            var (was, now) = state.Stream != stream ? (state.Stream, stream) : Differing(state.Layout, layout);
            throw new DendriteException(
                ErrorReason.StreamLayoutMismatch,
                $"The spool directory {directory} is that of {was}, not of {now}: give this gateway a directory of its "
                    + "own, and let the other one drain its spool."
            );
        }

        return new(path, state);
    }

    /// <summary>Of two layouts what a person needs to tell them apart: there may be thousands of channels.</summary>
    private static (string Was, string Now) Differing(string was, string now)
    {
        var (old, given) = (was.Split(", "), now.Split(", "));
        var first = old.Zip(given).TakeWhile(pair => pair.First == pair.Second).Count();
        return (Say(old), Say(given));

        string Say(string[] channels) =>
            $"{channels.Length} channel{(channels.Length == 1 ? "" : "s")} "
            + $"({first + 1}: {channels.ElementAtOrDefault(first) ?? "none"})";
    }

    /// <summary>Replaces the state by what is made of it; on the disk when it returns.</summary>
    /// <exception cref="IOException">The disk takes nothing; the state is as it was.</exception>
    public void Change(Func<SpoolState, SpoolState> change)
    {
        lock (gate)
        {
            Save(change(State));
        }
    }

    /// <summary>What is not known to be durable gets places behind another writer's samples.</summary>
    /// <param name="epoch">Under which it is sent.</param>
    /// <param name="durable">What is known to be; with where the stream stands now.</param>
    public void MoveBehind(long epoch, SpoolMark durable) =>
        Change(state =>
            state with
            {
                Epoch = epoch,
                Origins = [],
                SentFrom = [.. durable.Counted],
                Durable = new([.. durable.Counted], [.. durable.Stored]),
                DurableEvent = durable.Event,
            }
        );

    /// <summary>Remembers what is durable, for the next process, in case that another writer comes between.</summary>
    public void Remember(SpoolMark durable)
    {
        lock (gate)
        {
            if (
                State.Durable is { } known
                && durable.Counted.SequenceEqual(known.Counted)
                && durable.Event == State.DurableEvent
            )
            {
                return;
            }

            try
            {
                var point = new DurablePoint([.. durable.Counted], [.. durable.Stored]);
                Save(State with { Durable = point, DurableEvent = durable.Event });
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // An older one says less, and nothing wrong.
            }
        }
    }

    /// <summary>Remembers it before the call ends where an event became durable, at most once a second.</summary>
    public void RememberEvent(SpoolMark durable, TimeProvider time)
    {
        lock (gate)
        {
            if (
                durable.Event > State.DurableEvent
                && (eventNotedAt is not { } last || time.GetElapsedTime(last) >= EventInterval)
            )
            {
                eventNotedAt = time.GetTimestamp();
                Remember(durable);
            }
        }
    }

    /// <summary>
    /// A crash may have torn samples from the spool that were durable: their counts are those of other samples from now
    /// on.
    /// </summary>
    /// <param name="groupEnds">Where the spool goes on.</param>
    public void CutAt(IReadOnlyList<long> groupEnds)
    {
        var counts = (State.Durable?.Counted ?? []).Concat(State.SentFrom ?? []);
        if (counts.Index().Any(count => count.Item > groupEnds[count.Index % groupEnds.Count]))
        {
            Change(state =>
                state with
                {
                    Durable = null,
                    SentFrom = state.SentFrom?.Zip(groupEnds, Math.Min).ToArray(),
                }
            );
        }
    }

    private void Save(SpoolState state)
    {
        using (var file = new FileStream(path + SegmentThinner.NewExtension, FileMode.Create))
        {
            JsonSerializer.Serialize(file, state, SpoolJson.Default.SpoolState);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + SegmentThinner.NewExtension, path, overwrite: true);
        // Else a loss of power may bring an older one back, in which a session whose samples were sent has no place.
        UnixDirectory.Flush(Path.GetDirectoryName(path)!);
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
