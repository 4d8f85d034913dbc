using Dendrite.Storage.Branches;
using Dendrite.Versioning;

namespace Dendrite.Storage.Garbage;

/// <summary>A branch that is gone for good.</summary>
/// <param name="Name">Its id within the project; free again.</param>
public sealed record PurgedBranch(BranchId Id, string Name);

/// <summary>What a step over purged timelines found.</summary>
/// <param name="Count">Timelines that were absorbed, or judged to go whole.</param>
/// <param name="Trimmed">Timelines of which a part is to go.</param>
/// <param name="Last">The last timeline that was looked at; null: there are no further ones.</param>
/// <param name="WasBusy">Nothing was done, because vectors were being added to for too long; try again later.</param>
public sealed record GarbageStep(long Count, long Trimmed, TimelineId? Last, bool WasBusy);

/// <summary>What a step of removing rows removed.</summary>
/// <param name="Rows">Of all tables.</param>
/// <param name="Bytes">Of payloads and documents, as they were stored.</param>
/// <param name="Finished">Nothing of the timeline is left to remove.</param>
public sealed record SweptTimeline(TimelineId Timeline, long Rows, long Bytes, bool Finished);
