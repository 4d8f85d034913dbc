using Dendrite.Backups.Format;
using Dendrite.Backups.Stores;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.Storage.Backups;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Backups.Checking;

/// <summary>Reads a backup back. That it is damaged is what was found, and no failure of the operation.</summary>
internal sealed class CheckTask(BackupStore backups, StoreCatalog stores) : IOperationTask
{
    public const string MethodName = "dendrite.v1.BackupService/CheckBackup";

    public string Method => MethodName;

    public async Task<IMessage> RunAsync(OperationWork work, CancellationToken cancellation)
    {
        var name = BackupName.Parse(work.ReadRequest<CheckBackupRequest>().Name);
        var key = new BackupKey(name.Plan, name.Backup);
        var backup = await backups.GetAsync(work.Project, key, cancellation);
        var files = new BackupFiles(stores.Get(backup.Store), name.Project);
        Manifest manifest;
        try
        {
            manifest = await files.ReadManifestAsync(backup, cancellation);
        }
        catch (DendriteException damage) when (damage.InnerException is BackupFormatException found)
        {
            return Of(files, backup, found);
        }
        catch (DendriteException damage) when (damage.Reason == ErrorReason.DataDamaged)
        {
            return Of(files, backup, new("it is missing"));
        }

        var (verification, damaged) = await BackupChecker.CheckAsync(work, files, manifest, cancellation);
        if (damaged.Count == 0)
        {
            await backups.VerifiedAsync(work.Project, key, cancellation);
        }

        return verification;
    }

    private static BackupVerification Of(BackupFiles files, BackupRecord backup, BackupFormatException damage) =>
        new() { Damages = { BackupChecker.DamageOf(files.ManifestKey(backup).ToString(), damage) } };
}
