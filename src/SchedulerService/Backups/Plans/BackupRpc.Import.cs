using Dendrite.Access;
using Dendrite.Backups.Format;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Backups.Checking;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Backups;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Backups.Plans;

internal sealed partial class BackupRpc
{
    private const int MaxImported = 1_000;

    /// <summary>
    /// Reads every manifest of the plan in its store. A store is shared by the projects of an installation and known by
    /// their names alone, so only who runs the installation says that a project is the one that was backed up.
    /// </summary>
    public override async Task<ImportBackupsResponse> ImportBackups(
        ImportBackupsRequest request,
        ServerCallContext context
    )
    {
        var name = BackupPlanName.Parse(request.Parent, "parent");
        RequestFields.RequestId(request.RequestId);
        context.GetCaller().RequireEveryProject();
        var token = context.CancellationToken;
        var project = await projects.ReachAsync(context, name.Project);
        var plan = await plans.GetAsync(project, name.Plan, token);
        var files = new BackupFiles(stores.Get(plan.Store, "parent"), name.Project);
        var response = new ImportBackupsResponse();
        var prefix = BackupKeys.Manifests(name.Project, name.Plan);
        await foreach (var found in files.Store.ListAsync(prefix, token))
        {
            if (BackupKeys.ReadManifest(name.Project, found.Key) is not { } key)
            {
                continue;
            }

            try
            {
                var record = await ReadAsync(files, plan.Store, key, token);
                await backups.AdoptAsync(project, record, token);
            }
            catch (DendriteException damage) when (damage.Reason == ErrorReason.DataDamaged)
            {
                var problem = damage.InnerException as BackupFormatException ?? new("it cannot be read");
                if (response.Damages.Count < MaxImported)
                {
                    response.Damages.Add(BackupChecker.DamageOf(found.Key.ToString(), problem));
                }
            }
        }

        var known = await backups.ListAsync(project, name.Plan, before: null, MaxImported, token);
        response.Backups.AddRange(known.Select(backup => BackupMessages.Of(name.Project, backup)));
        return response;
    }

    private static async Task<BackupRecord> ReadAsync(
        BackupFiles files,
        string store,
        (string Plan, string Backup, byte[] Digest) key,
        CancellationToken cancellationToken
    )
    {
        var record = new BackupRecord(key.Plan, key.Backup, store)
        {
            State = BackupState.Complete,
            CreateTime = default,
            Digest = key.Digest,
        };
        var manifest = await files.ReadManifestAsync(record, cancellationToken);
        return record with
        {
            CreateTime = manifest.CreateTime,
            TotalBytes = manifest.ObjectBytes,
            ItemsJson = BackupMessages.ItemsJson(files.Project, manifest.Items),
        };
    }
}
