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

    /// <summary>The listing that goes on; null between two.</summary>
    public ListingPlace? Listing { get; init; }

    /// <summary>Of a backfill: this part is done.</summary>
    public bool IsDone { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>What was kept; where nothing was, or it was of another field, the beginning.</summary>
    public static SyncPlace Of(string? json, string changedField)
    {
        var kept = json is null ? null : JsonSerializer.Deserialize<SyncPlace>(json, Json);
        return kept?.ChangedField == changedField ? kept : new SyncPlace { ChangedField = changedField };
    }
}
