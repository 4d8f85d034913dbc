using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.Storage.Sync;

namespace Dendrite.SchedulerService.Sync.Writing;

/// <summary>What became of some items.</summary>
internal sealed class BatchOutcome
{
    /// <summary>Items whose records are there now, those that came twice included.</summary>
    public int Written { get; set; }

    public long New { get; set; }

    public long Changed { get; set; }

    public long Unchanged { get; set; }

    /// <summary>The last version that was written; 0: none.</summary>
    public long Version { get; set; }

    /// <summary>Tries of items beyond the first.</summary>
    public long ItemRetries { get; set; }

    public List<RefusedItem> Failed { get; } = [];

    /// <summary>SHA-256 of the ids of all records that the items were, whether written or not.</summary>
    public List<byte[]> Seen { get; } = [];

    /// <summary>What was written, where no column of the dataset says how new it is.</summary>
    public List<WrittenItem> Stored { get; } = [];
}

/// <summary>An item that could not be written.</summary>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Record">SHA-256 of the id of the record that it would be; null where nobody knows.</param>
internal sealed record RefusedItem(SourceItem Item, DendriteException Error, int Attempts, byte[]? Record)
{
    /// <summary>Whether it is known which record it would be.</summary>
    public bool HasKey => Record is not null;
}
