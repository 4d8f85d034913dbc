using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>What there is of backups: a plan where it was not lost, with one backup in its store.</summary>
internal sealed class FakeVault
{
    public const string Plan = "projects/lab/backupPlans/nightly";

    /// <summary>The store of the plan; null: there is no plan.</summary>
    public string? Store { get; set; }

    /// <summary>Backups in the store.</summary>
    public int Backups { get; set; } = 1;

    /// <summary>How often the store was looked through.</summary>
    public int Imports { get; set; }
}

/// <summary>Plans and backups, one of whose manifests is damaged.</summary>
internal sealed class FakeBackups(FakeVault vault) : BackupService.BackupServiceBase
{
    public override Task<CreateBackupPlanResponse> CreateBackupPlan(
        CreateBackupPlanRequest request,
        ServerCallContext context
    )
    {
        if (vault.Store is not null)
            throw FakeState.Error(ErrorReason.AlreadyExists, $"{FakeVault.Plan} exists already.");
        vault.Store = request.BackupPlan.Store;
        return Task.FromResult(new CreateBackupPlanResponse { BackupPlan = request.BackupPlan });
    }

    public override Task<GetBackupPlanResponse> GetBackupPlan(
        GetBackupPlanRequest request,
        ServerCallContext context
    ) =>
        Task.FromResult(
            new GetBackupPlanResponse
            {
                BackupPlan = new() { Name = request.Name, Store = vault.Store },
            }
        );

    public override Task<ImportBackupsResponse> ImportBackups(ImportBackupsRequest request, ServerCallContext context)
    {
        vault.Imports++;
        var found = Enumerable
            .Range(0, vault.Backups)
            .Select(i => new Backup { Name = $"{request.Parent}/backups/{i}" });
        var damage = new BackupDamage { Object = "manifests/7", Problem = "its checksum is another" };
        return Task.FromResult(new ImportBackupsResponse { Backups = { found }, Damages = { damage } });
    }

    public override Task<RestoreBackupResponse> RestoreBackup(RestoreBackupRequest request, ServerCallContext context)
    {
        var done = FakeOperations.Done();
        done.Response = Any.Pack(new RestoreResult { Branches = { "projects/lab/branches/main" }, ReadBytes = 5 });
        return Task.FromResult(new RestoreBackupResponse { Operation = done });
    }
}

/// <summary>One project, which was not lost.</summary>
internal sealed class FakeProjects : ProjectService.ProjectServiceBase
{
    public override Task<CreateProjectResponse> CreateProject(
        CreateProjectRequest request,
        ServerCallContext context
    ) => throw FakeState.Error(ErrorReason.AlreadyExists, $"projects/{request.ProjectId} exists already.");
}
