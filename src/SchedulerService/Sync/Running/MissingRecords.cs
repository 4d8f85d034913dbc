using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Writing;
using Dendrite.Storage.Sync;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>
/// Deletes the records that a source does not have any more, after all of it was read. A record that somebody changed
/// since it was looked at stays, and so does one that others refer to.
/// </summary>
internal sealed class MissingRecords(
    RecordService.RecordServiceClient records,
    SyncProgressStore progress,
    GrpcRetries calls
)
{
    private const int PageSize = 1_000;

    /// <returns>How many were deleted, how many had to stay, and the last version.</returns>
    public async Task<(long Deleted, long Kept, long Version)> DeleteAsync(
        SyncScope scope,
        IReadOnlyCollection<string> keyColumns,
        Action throwIfLost,
        CancellationToken cancellationToken
    )
    {
        var (deleted, kept, version) = (0L, 0L, 0L);
        var query = new QueryRecordsRequest
        {
            Parent = scope.Dataset,
            PageSize = PageSize,
            Selection = new(),
        };
        query.Selection.Columns.AddRange(keyColumns);
        do
        {
            var page = await calls.CallAsync(
                async (options, _) => await records.QueryRecordsAsync(query, options),
                cancellationToken
            );
            byte[][] digests =
            [
                .. page.Records.Select(record => RecordMaker.Digest(RecordName.Parse(record.Name).Record)),
            ];
            var unseen = await progress.ListUnseenAsync(scope, digests, cancellationToken);
            throwIfLost();
            var some = await DeleteAsync(scope, [.. unseen.Select(i => page.Records[i])], cancellationToken);
            (deleted, kept) = (deleted + some.Deleted, kept + some.Kept);
            version = Math.Max(version, some.Version);
            query.PageToken = page.NextPageToken;
        } while (query.PageToken.Length > 0);

        return (deleted, kept, version);
    }

    private async Task<(long Deleted, long Kept, long Version)> DeleteAsync(
        SyncScope scope,
        IReadOnlyList<Record> unseen,
        CancellationToken cancellationToken
    )
    {
        if (unseen.Count == 0)
        {
            return default;
        }

        var request = new DeleteRecordsRequest
        {
            Parent = scope.Dataset,
            CommitMessage = "What the source has no more",
        };
        request.Deletes.AddRange(
            unseen.Select(record => new RecordDelete
            {
                RecordId = RecordName.Parse(record.Name).Record,
                IfVersion = record.Version,
                AllowMissing = true,
            })
        );
        try
        {
            var answer = await calls.CallAsync(
                async (options, _) => await records.DeleteRecordsAsync(request, options),
                cancellationToken
            );
            return (answer.DeletedCount, 0, answer.Version);
        }
        catch (DendriteException refused)
            when (refused.Reason is ErrorReason.VersionMismatch or ErrorReason.ConstraintViolated)
        {
            if (unseen.Count == 1)
            {
                return (0, 1, 0);
            }

            var half = unseen.Count / 2;
            var first = await DeleteAsync(scope, [.. unseen.Take(half)], cancellationToken);
            var second = await DeleteAsync(scope, [.. unseen.Skip(half)], cancellationToken);
            return (first.Deleted + second.Deleted, first.Kept + second.Kept, Math.Max(first.Version, second.Version));
        }
    }
}
