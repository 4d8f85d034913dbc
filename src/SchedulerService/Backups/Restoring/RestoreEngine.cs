using Dendrite.Backups.Stores;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.Storage.Backups;
using Dendrite.Storage.History;
using Dendrite.Storage.Requests;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Backups.Restoring;

/// <summary>Brings back what a backup holds, up to where it would become visible, and compares it.</summary>
internal sealed class RestoreEngine(
    BackupStore backups,
    RestoreStore rows,
    RestoredNumbers numbers,
    CommitDigests digests,
    ContentDigester digester,
    StoreCatalog stores
)
{
    /// <summary>Restores and compares.</summary>
    /// <exception cref="DendriteException">
    /// BACKUP_NOT_FOUND; ALREADY_EXISTS: a name is taken; INVALID_ARGUMENT: an item is not in the backup; DATA_DAMAGED:
    /// it is not what was backed up. What was brought is given up then.
    /// </exception>
    public async Task<RestoredBackup> RestoreAsync(
        OperationWork work,
        RestoreBackupRequest request,
        CancellationToken cancellationToken
    )
    {
        var (files, plan) = await PlanAsync(work, request, cancellationToken);
        try
        {
            var restorer = new TimelineRestorer(work, files, plan, (rows, numbers, digests));
            var maps = await restorer.RestoreAsync(cancellationToken);
            var items = new RestoredItems(plan, maps, request.IdPrefix);
            await CompareAsync(work, plan, items, cancellationToken);
            return new(rows, work, plan, items) { ReadBytes = restorer.ReadBytes };
        }
        catch (DendriteException refused) when (refused.Reason != ErrorReason.Unavailable)
        {
            await DropAsync(work, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Gives a restore up: what it brought is removed as garbage is.</summary>
    public Task DropAsync(OperationWork work, CancellationToken cancellationToken) =>
        rows.DropAsync(work.Project, work.Name.Operation, cancellationToken);

    /// <summary>
    /// What a restore made that was done before its replica could say so; null: it is still to be done.
    /// </summary>
    public async Task<RestorePlan?> FindDoneAsync(
        OperationWork work,
        RestoreBackupRequest request,
        CancellationToken cancellationToken
    )
    {
        if (!await rows.IsDoneAsync(work.Project, work.Name.Operation, cancellationToken))
        {
            return null;
        }

        var (_, plan) = await PlanAsync(work, request, cancellationToken);
        return plan;
    }

    private async Task<(BackupFiles Files, RestorePlan Plan)> PlanAsync(
        OperationWork work,
        RestoreBackupRequest request,
        CancellationToken cancellationToken
    )
    {
        var name = BackupName.Parse(request.Name);
        var backup = await backups.GetAsync(work.Project, new(name.Plan, name.Backup), cancellationToken);
        var files = new BackupFiles(stores.Get(backup.Store), name.Project);
        var manifest = await files.ReadManifestAsync(backup, cancellationToken);
        return (files, RestorePlan.Of(manifest, request.Items));
    }

    private async Task CompareAsync(
        OperationWork work,
        RestorePlan plan,
        RestoredItems items,
        CancellationToken cancellationToken
    )
    {
        for (var i = 0; i < plan.Items.Count; i++)
        {
            await work.TellAsync("comparing digests", i, plan.Items.Count, "branches and tags", cancellationToken);
            var item = plan.Items[i];
            var digest = await digester.ComputeAsync(work.Project, items.SnapshotOf(item), cancellationToken);
            if (Convert.ToHexStringLower(digest) != item.Digest)
            {
                throw new DendriteException(
                    ErrorReason.DataDamaged,
                    $"What was restored of {item.Kind} '{item.Name}' does not have the digest that was backed up: "
                        + "nothing was made. Check the backup, and restore another one."
                );
            }
        }
    }
}

/// <summary>A restore that is whole and equal, and visible to nobody.</summary>
internal sealed class RestoredBackup(RestoreStore rows, OperationWork work, RestorePlan plan, RestoredItems items)
{
    public RestorePlan Plan => plan;

    public long ReadBytes { get; init; }

    /// <summary>Makes it visible.</summary>
    /// <exception cref="DendriteException">ALREADY_EXISTS.</exception>
    public async Task FinishAsync(
        Func<Guid> newUid,
        IReadOnlyCollection<Mutation> mutations,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var restore = work.Name.Operation;
            await rows.FinishAsync(work.Project, restore, items.ToState(newUid), mutations, cancellationToken);
        }
        catch (DendriteException refused) when (refused.Reason == ErrorReason.AlreadyExists)
        {
            await rows.DropAsync(work.Project, work.Name.Operation, CancellationToken.None);
            throw;
        }
    }
}
