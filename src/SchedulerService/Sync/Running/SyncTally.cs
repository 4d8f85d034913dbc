using System.Text.Json;
using System.Text.Json.Serialization;
using Dendrite.SchedulerService.Sync.Writing;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>
/// What a sync did so far. It is kept with every batch, so that a run that was stopped and gone on with says all that
/// it
/// did. Not thread-safe.
/// </summary>
internal sealed class SyncTally
{
    /// <summary>Sizes of the last batches that are kept.</summary>
    private const int MaxBatches = 200;

    /// <summary>The run, whose attempts go on with each other's figures.</summary>
    public Guid Run { get; init; }

    public long Fetched { get; set; }

    public long Written { get; set; }

    public long New { get; set; }

    public long Changed { get; set; }

    public long Unchanged { get; set; }

    public long Deleted { get; set; }

    /// <summary>Items that wait for a second round.</summary>
    public long Waiting { get; set; }

    public long DeadLetters { get; set; }

    public long Requests { get; set; }

    public long RequestRetries { get; set; }

    public long ItemRetries { get; set; }

    public long Version { get; set; }

    /// <summary>The run has nothing more to do.</summary>
    public bool IsDone { get; set; }

    /// <summary>Attempts of the run that worked on it.</summary>
    public int Attempts { get; set; }

    /// <summary>How many items were asked for, batch for batch: the last of them.</summary>
    public List<int> BatchSizes { get; init; } = [];

    public int LastBatchItems => BatchSizes.Count > 0 ? BatchSizes[^1] : 0;

    /// <summary>Items that are there over items that came; 1 where none came.</summary>
    [JsonIgnore]
    public double SuccessRatio => Fetched == 0 ? 1 : Math.Min(1, (double)Written / Fetched);

    public void AddBatch(int items)
    {
        BatchSizes.Add(items);
        if (BatchSizes.Count > MaxBatches)
        {
            BatchSizes.RemoveAt(0);
        }
    }

    public void Add(BatchOutcome outcome)
    {
        Written += outcome.Written;
        New += outcome.New;
        Changed += outcome.Changed;
        Unchanged += outcome.Unchanged;
        ItemRetries += outcome.ItemRetries;
        Version = Math.Max(Version, outcome.Version);
    }

    /// <summary>Several that went on beside each other, as one.</summary>
    public static SyncTally Sum(Guid run, IReadOnlyCollection<SyncTally> parts) =>
        new()
        {
            Run = run,
            Fetched = parts.Sum(part => part.Fetched),
            Written = parts.Sum(part => part.Written),
            New = parts.Sum(part => part.New),
            Changed = parts.Sum(part => part.Changed),
            Unchanged = parts.Sum(part => part.Unchanged),
            DeadLetters = parts.Sum(part => part.DeadLetters),
            Requests = parts.Sum(part => part.Requests),
            RequestRetries = parts.Sum(part => part.RequestRetries),
            ItemRetries = parts.Sum(part => part.ItemRetries),
            Version = parts.Select(part => part.Version).DefaultIfEmpty().Max(),
            BatchSizes = [.. parts.SelectMany(part => part.BatchSizes).TakeLast(MaxBatches)],
        };

    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>That of the run where it has one already; else one that begins.</summary>
    public static SyncTally Of(string? json, Guid run)
    {
        var kept = json is null ? null : JsonSerializer.Deserialize<SyncTally>(json);
        var tally = kept?.Run == run ? kept : new SyncTally { Run = run };
        tally.Attempts++;
        return tally;
    }

    /// <summary>As it was kept, whichever run's it is.</summary>
    public static SyncTally Kept(string json) => JsonSerializer.Deserialize<SyncTally>(json) ?? new SyncTally();

    public SyncReport ToReport() =>
        new()
        {
            FetchedItems = Fetched,
            NewRecords = New,
            ChangedRecords = Changed,
            UnchangedRecords = Unchanged,
            DeadLetters = DeadLetters,
            SuccessRatio = SuccessRatio,
            Requests = Requests,
            LastBatchItems = LastBatchItems,
            Version = Version,
        };

    /// <summary>As figures of a run.</summary>
    public IReadOnlyDictionary<string, long> ToResults() =>
        new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["fetched_items"] = Fetched,
            ["new_records"] = New,
            ["changed_records"] = Changed,
            ["unchanged_records"] = Unchanged,
            ["deleted_records"] = Deleted,
            ["dead_letters"] = DeadLetters,
            ["success_permille"] = (long)Math.Floor(SuccessRatio * 1_000),
            ["requests"] = Requests,
            ["request_retries"] = RequestRetries,
            ["item_retries"] = ItemRetries,
            ["attempts"] = Attempts,
            ["last_batch_items"] = LastBatchItems,
            ["smallest_batch_items"] = BatchSizes.DefaultIfEmpty().Min(),
            ["largest_batch_items"] = BatchSizes.DefaultIfEmpty().Max(),
            ["version"] = Version,
        };
}
