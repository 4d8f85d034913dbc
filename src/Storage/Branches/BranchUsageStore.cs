using Dendrite.Errors;

namespace Dendrite.Storage.Branches;

/// <summary>Measures what branches cost.</summary>
public sealed class BranchUsageStore(PlatformDatabase database)
{
    /// <summary>
    /// What a branch stores and shares now. One round trip; reads no payload. The cost follows the streams, commits and
    /// records that the branch sees.
    /// </summary>
    /// <exception cref="DendriteException">BRANCH_NOT_FOUND.</exception>
    public async Task<BranchUsage> MeasureAsync(ProjectId project, string name, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT own_bytes, shared_bytes, freeable_bytes, visible_samples, visible_records
                FROM branching.usage_of_branch(@name)
                """
            )
            .With("name", name);
        var usage = await batch.ReadRowAsync(
            row => new BranchUsage(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)),
            cancellationToken
        );
        return usage ?? throw BranchStore.NotFound(name);
    }
}

/// <summary>What a branch costs. Bytes are those of sample blocks, keys and documents as they are stored.</summary>
/// <param name="OwnBytes">That no other branch sees; a tag may.</param>
/// <param name="SharedBytes">That it sees with others.</param>
/// <param name="FreeableBytes">That deleting it would free: seen by no other branch and no tag.</param>
/// <param name="VisibleSamples">That its head sees, over all channels.</param>
/// <param name="VisibleRecords">That its head sees.</param>
public sealed record BranchUsage(
    long OwnBytes,
    long SharedBytes,
    long FreeableBytes,
    long VisibleSamples,
    long VisibleRecords
);
