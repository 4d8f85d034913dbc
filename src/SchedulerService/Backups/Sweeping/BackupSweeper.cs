using Dendrite.Backups.Format;
using Dendrite.Backups.Stores;
using Dendrite.Errors;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Projects;

namespace Dendrite.SchedulerService.Backups.Sweeping;

/// <summary>
/// Removes backups that expired or were deleted, what broken ones left, and then every object that no manifest of the
/// project names. What another backup names too stays. What restores brought whose operations are over goes too. Cut
/// off anywhere, the next sweep goes on.
/// </summary>
internal sealed partial class BackupSweeper(
    BackupSweepStore sweeps,
    RestoreStore restores,
    StoreCatalog stores,
    TimeProvider time,
    ILogger<BackupSweeper> logger
)
{
    /// <summary>After how long without a sign of life another may sweep.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>When the lease is renewed: long before it ends, by this process's own steady clock.</summary>
    private static readonly TimeSpan RenewAfter = TimeSpan.FromSeconds(20);

    private static readonly string Worker = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <summary>Sweeps a project, and those of its stores in which something is to be removed.</summary>
    public async Task SweepAsync(ProjectRecord project, CancellationToken cancellationToken)
    {
        await restores.DropLostAsync(project.Id, cancellationToken);
        foreach (var store in await sweeps.MarkAsync(project.Id, Lease, cancellationToken))
        {
            // One that is no longer configured is nobody's to sweep; its backups stay listed as they are.
            if (stores.Names.Contains(store))
            {
                await SweepAsync(project, store, cancellationToken);
            }
        }
    }

    private async Task SweepAsync(ProjectRecord project, string store, CancellationToken cancellationToken)
    {
        if (!await sweeps.TakeAsync(project.Id, store, Worker, Lease, cancellationToken))
        {
            return;
        }

        var sweep = new Sweep(project, store, new(stores.Get(store), project.Name)) { HeldAt = time.GetTimestamp() };
        var going = await sweeps.ListGoingAsync(project.Id, store, cancellationToken);
        try
        {
            foreach (var backup in going.Where(backup => backup.Digest is not null))
            {
                // First the manifest: without it the backup is none, and what it named is nobody's.
                await RemoveAsync(sweep, sweep.Files.ManifestKey(backup), cancellationToken);
            }

            await RemoveOrphansAsync(sweep, cancellationToken);
            await sweep.Files.Store.RemoveRemainsAsync($"{project.Name}/", cancellationToken);
            await sweeps.EndAsync(project.Id, store, Worker, going, cancellationToken);
            LogSwept(logger, project.Name, store, going.Count, sweep.Removed);
        }
        catch (DendriteException away) when (away.Reason is ErrorReason.Unavailable or ErrorReason.DataDamaged)
        {
            LogPutOff(logger, away, project.Name, store);
            await sweeps.EndAsync(project.Id, store, Worker, [], cancellationToken);
        }
    }

    private async Task RemoveOrphansAsync(Sweep sweep, CancellationToken cancellationToken)
    {
        var named = await ReadNamedAsync(sweep, cancellationToken);
        var prefix = BackupKeys.Objects(sweep.Project.Name);
        await foreach (var found in sweep.Files.Store.ListAsync(prefix, cancellationToken))
        {
            if (!named.Contains(found.Key.ToString()))
            {
                await RemoveAsync(sweep, found.Key, cancellationToken);
            }
        }
    }

    /// <summary>
    /// The objects that the manifests in the store name, those of backups that the database does not know included: it
    /// may be an older one than the store. 100 bytes each.
    /// </summary>
    /// <exception cref="DendriteException">
    /// DATA_DAMAGED: a manifest cannot be read, so what it names is not known: nothing may be removed.
    /// </exception>
    private async Task<HashSet<string>> ReadNamedAsync(Sweep sweep, CancellationToken cancellationToken)
    {
        var named = new HashSet<string>(StringComparer.Ordinal);
        var (project, store) = (sweep.Project.Name, sweep.Files.Store);
        await foreach (var found in store.ListAsync(BackupKeys.Manifests(project), cancellationToken))
        {
            if (BackupKeys.ReadManifest(project, found.Key) is not { } manifest)
            {
                continue;
            }

            var record = new BackupRecord(manifest.Plan, manifest.Backup, sweep.Store)
            {
                State = BackupState.Complete,
                CreateTime = default,
                Digest = manifest.Digest,
            };
            var read = await sweep.Files.ReadManifestAsync(record, cancellationToken);
            foreach (var chunk in read.Timelines.SelectMany(line => line.Chunks))
            {
                named.Add(sweep.Files.Key(chunk.Object).ToString());
            }

            await KeepAsync(sweep, cancellationToken);
        }

        return named;
    }

    private async Task RemoveAsync(Sweep sweep, ObjectKey key, CancellationToken cancellationToken)
    {
        await KeepAsync(sweep, cancellationToken);
        await sweep.Files.Store.DeleteAsync(key, cancellationToken);
        sweep.Removed++;
    }

    /// <summary>A machine that slept through its lease finds out here, before it removes anything more.</summary>
    private async Task KeepAsync(Sweep sweep, CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(sweep.HeldAt) < RenewAfter)
        {
            return;
        }

        var asked = time.GetTimestamp();
        if (
            time.GetElapsedTime(sweep.HeldAt) >= Lease
            || !await sweeps.TakeAsync(sweep.Project.Id, sweep.Store, Worker, Lease, cancellationToken)
        )
        {
            throw new DendriteException(ErrorReason.Unavailable, "Another replica sweeps this store now.");
        }

        sweep.HeldAt = asked;
    }

    private sealed record Sweep(ProjectRecord Project, string Store, BackupFiles Files)
    {
        public long HeldAt { get; set; }

        public long Removed { get; set; }
    }
}
