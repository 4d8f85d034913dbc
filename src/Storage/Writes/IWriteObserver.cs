using Dendrite.Versioning;

namespace Dendrite.Storage.Writes;

/// <summary>
/// Told of every transaction that may have changed what a branch or a tag names: after it ended, however it ended, and
/// before its caller is answered. So who keeps copies can drop them in time.
/// </summary>
public interface IWriteObserver
{
    /// <summary>Must not fail, and not take long: the caller waits for it.</summary>
    Task WroteAsync(Written written);
}

/// <summary>What a transaction may have changed.</summary>
/// <param name="Timelines">Timelines that took a commit.</param>
/// <param name="Resources">Resource names of branches and tags that were made, changed or deleted.</param>
public sealed record Written(
    ProjectId Project,
    IReadOnlyCollection<TimelineId> Timelines,
    IReadOnlyCollection<string> Resources
);
