using System.Text.Json;
using System.Text.Json.Serialization;
using Dendrite.SchedulerService.Sync.Origins;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>How far a source is, as it is kept and shown: everything before it is committed.</summary>
internal sealed record SyncPlace
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    };

    /// <summary>Highest changed value of all that was read to its end; null: nothing was.</summary>
    public string? Since { get; init; }

    /// <summary>The field that is the value of; another field begins anew.</summary>
    public string? ChangedField { get; init; }

    /// <summary>What all of it is about; null where it was kept before that was noted.</summary>
    public SyncLine? Line { get; init; }

    /// <summary>The listing that goes on; null between two.</summary>
    public ListingPlace? Listing { get; init; }

    /// <summary>Of a backfill: this part is done.</summary>
    public bool IsDone { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>What was kept; where nothing was, or it was of another field, the beginning.</summary>
    public static SyncPlace Of(string? json, string changedField)
    {
        var kept = json is null ? null : JsonSerializer.Deserialize<SyncPlace>(json, Json);
        return kept?.ChangedField == changedField
            ? kept
            : new SyncPlace { ChangedField = changedField, Line = kept?.Line };
    }

    /// <summary>
    /// Whether it may be gone on from. One that does not say what it is about may only where it is the beginning: what
    /// was pulled before may be of another branch or dataset of the name, or have been reset.
    /// </summary>
    public bool IsOf(SyncLine line) => Line == line || (Line is null && Since is null && Listing is null && !IsDone);

    /// <summary>The same where it is about this; else the beginning.</summary>
    public SyncPlace On(SyncLine line) =>
        IsOf(line) ? this with { Line = line } : new SyncPlace { ChangedField = ChangedField, Line = line };
}

/// <summary>
/// What a place is about. Names of branches and datasets are given anew, and a branch that was reset sees another state
/// under its own: what was written before is not there then.
/// </summary>
/// <param name="Timeline">That the branch points at; 0: the branch is gone.</param>
/// <param name="Dataset">Uid of the dataset.</param>
internal sealed record SyncLine(long Timeline, string Dataset);
