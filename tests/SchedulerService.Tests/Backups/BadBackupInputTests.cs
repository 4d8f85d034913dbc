using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Backups;

public sealed class BadBackupInputTests : IAsyncLifetime
{
    private readonly VaultFolder vault = new();
    private BackupLab lab = null!;

    private const string Project = BackupLab.Project;
    private const string NoName = "projects/../lab";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => lab = await BackupLab.StartAsync(vault.Path);

    public async ValueTask DisposeAsync()
    {
        await lab.DisposeAsync();
        vault.Dispose();
    }

    [Fact]
    [BadInputOf("CreateBackupPlan")]
    public async Task A_plan_that_makes_no_sense_is_refused_with_its_field()
    {
        (string Field, Action<CreateBackupPlanRequest> Break)[] table =
        [
            ("parent", request => request.Parent = NoName),
            ("backup_plan_id", request => request.BackupPlanId = "../nightly"),
            ("backup_plan_id", request => request.BackupPlanId = new string('a', 64)),
            ("backup_plan", request => request.BackupPlan = null),
            ("backup_plan.store", request => request.BackupPlan.Store = ""),
            ("backup_plan.store", request => request.BackupPlan.Store = "../vault"),
            ("backup_plan.store", request => request.BackupPlan.Store = new string('v', 100_000)),
            ("backup_plan.branch_filter", request => request.BackupPlan.BranchFilter = ""),
            ("backup_plan.branch_filter", request => request.BackupPlan.BranchFilter = "no_field = 1"),
            ("backup_plan.branch_filter", request => request.BackupPlan.BranchFilter = "branch_id = \"main"),
            ("backup_plan.branch_filter", request => request.BackupPlan.BranchFilter = new string('(', 4_001)),
            ("backup_plan.tag_filter", request => request.BackupPlan.TagFilter = "tag_id ="),
            ("backup_plan.display_name", request => request.BackupPlan.DisplayName = new string('x', 201)),
            ("backup_plan.display_name", request => request.BackupPlan.DisplayName = "a\u001b[2Jb"),
            ("backup_plan.keep", request => request.BackupPlan.Keep = new Duration { Seconds = -1 }),
            ("backup_plan.keep", request => request.BackupPlan.Keep = new Duration { Seconds = 0 }),
            ("backup_plan.keep", request => request.BackupPlan.Keep = new Duration { Seconds = 60, Nanos = -5 }),
            ("backup_plan.keep", request => request.BackupPlan.Keep = new Duration { Seconds = long.MaxValue }),
            ("request_id", request => request.RequestId = "again"),
        ];
        foreach (var (field, change) in table)
        {
            var request = new CreateBackupPlanRequest
            {
                Parent = Project,
                BackupPlanId = "nightly",
                BackupPlan = new BackupPlan { Store = "vault", BranchFilter = "branch_id = \"main\"" },
            };
            change(request);
            var refusal = await RefusalAsync(async () => await lab.Backups.CreateBackupPlanAsync(request, lab.Options));
            Assert.True(refusal == Refusal.Invalid(field), $"{field}: {refusal}");
        }
    }

    [Fact]
    public async Task A_plan_that_matches_nothing_says_so_of_both_its_filters()
    {
        await lab.AddPlanAsync("branch_id = \"gone\"");
        var request = new StartBackupRequest { Parent = BackupLab.Plan };

        var ended = await lab.EndAsync((await lab.Backups.StartBackupAsync(request, lab.Options)).Operation);

        Assert.Equal(
            "branch_filter: of plan 'nightly' matches no branch, and its tag_filter no tag: "
                + "there is nothing to back up",
            ended.Error?.Message
        );
    }

    [Fact]
    [BadInputOf("UpdateBackupPlan", "DeleteBackupPlan", "GetBackupPlan", "ListBackupPlans")]
    public async Task A_plan_is_changed_by_who_knows_it_and_only_in_its_fields()
    {
        var plan = await lab.AddPlanAsync();
        (Refusal Expected, Func<Task> Call)[] table =
        [
            (Refusal.Invalid("backup_plan"), () => UpdateAsync(null)),
            (Refusal.Invalid("backup_plan.name"), () => UpdateAsync(new() { Name = NoName, Verify = true })),
            (Refusal.Invalid("update_mask"), () => UpdateAsync(new() { Name = plan.Name }, "create_time")),
            (Refusal.Invalid("update_mask"), () => UpdateAsync(new() { Name = plan.Name }, "*")),
            (Refusal.Invalid("backup_plan.store"), () => UpdateAsync(new() { Name = plan.Name }, "store")),
            (
                Refusal.Invalid("backup_plan.branch_filter"),
                () => UpdateAsync(new() { Name = plan.Name, BranchFilter = "x y z" })
            ),
            (
                Refusal.Of(StatusCode.Aborted),
                () =>
                    UpdateAsync(
                        new()
                        {
                            Name = plan.Name,
                            Verify = true,
                            Etag = "\"99\"",
                        }
                    )
            ),
            (
                Refusal.Of(StatusCode.NotFound),
                () => UpdateAsync(new() { Name = $"{Project}/backupPlans/none", Verify = true })
            ),
            (
                Refusal.Invalid("name"),
                async () => await lab.Backups.GetBackupPlanAsync(new() { Name = "" }, lab.Options)
            ),
            (
                Refusal.Of(StatusCode.NotFound),
                async () =>
                    await lab.Backups.GetBackupPlanAsync(new() { Name = $"{Project}/backupPlans/none" }, lab.Options)
            ),
            (
                Refusal.Invalid("page_size"),
                async () =>
                    await lab.Backups.ListBackupPlansAsync(new() { Parent = Project, PageSize = -1 }, lab.Options)
            ),
            (
                Refusal.Invalid("page_token"),
                async () =>
                    await lab.Backups.ListBackupPlansAsync(new() { Parent = Project, PageToken = "x" }, lab.Options)
            ),
            (Refusal.Invalid("name"), () => DeletePlanAsync(new() { Name = NoName })),
            (Refusal.Invalid("request_id"), () => DeletePlanAsync(new() { Name = plan.Name, RequestId = "x" })),
            (Refusal.Of(StatusCode.Aborted), () => DeletePlanAsync(new() { Name = plan.Name, Etag = "old" })),
            (Refusal.Of(StatusCode.NotFound), () => DeletePlanAsync(new() { Name = $"{Project}/backupPlans/none" })),
        ];
        await CheckAsync(table);
    }

    [Fact]
    [BadInputOf("StartBackup", "GetBackup", "ListBackups", "DeleteBackup", "CheckBackup")]
    public async Task Backups_that_are_not_there_and_names_that_are_none_are_refused()
    {
        var plan = await lab.AddPlanAsync();
        var made = await lab.BackUpAsync();
        var none = $"{plan.Name}/backups/none";
        (Refusal Expected, Func<Task> Call)[] table =
        [
            (
                Refusal.Invalid("parent"),
                async () => await lab.Backups.StartBackupAsync(new() { Parent = NoName }, lab.Options)
            ),
            (
                Refusal.Of(StatusCode.NotFound),
                async () =>
                    await lab.Backups.StartBackupAsync(new() { Parent = $"{Project}/backupPlans/none" }, lab.Options)
            ),
            (
                Refusal.Invalid("request_id"),
                async () =>
                    await lab.Backups.StartBackupAsync(new() { Parent = plan.Name, RequestId = "1" }, lab.Options)
            ),
            (
                Refusal.Invalid("name"),
                async () => await lab.Backups.GetBackupAsync(new() { Name = $"{plan.Name}/backups/.." }, lab.Options)
            ),
            (
                Refusal.Of(StatusCode.NotFound),
                async () => await lab.Backups.GetBackupAsync(new() { Name = none }, lab.Options)
            ),
            (
                Refusal.Invalid("page_token"),
                async () =>
                    await lab.Backups.ListBackupsAsync(new() { Parent = plan.Name, PageToken = "x" }, lab.Options)
            ),
            (
                Refusal.Of(StatusCode.NotFound),
                async () =>
                    await lab.Backups.ListBackupsAsync(new() { Parent = $"{Project}/backupPlans/none" }, lab.Options)
            ),
            (
                Refusal.Of(StatusCode.NotFound),
                async () => await lab.Backups.DeleteBackupAsync(new() { Name = none }, lab.Options)
            ),
            (
                Refusal.Invalid("request_id"),
                async () =>
                    await lab.Backups.DeleteBackupAsync(new() { Name = made.Name, RequestId = "-" }, lab.Options)
            ),
            (
                Refusal.Of(StatusCode.NotFound),
                async () => await lab.Backups.CheckBackupAsync(new() { Name = none }, lab.Options)
            ),
        ];
        await CheckAsync(table);
    }

    [Fact]
    [BadInputOf("RestoreBackup", "ImportBackups")]
    public async Task Restores_of_what_is_not_there_and_under_names_that_are_none_are_refused()
    {
        await lab.AddPlanAsync();
        var made = await lab.BackUpAsync();
        (Refusal Expected, Func<Task> Call)[] table =
        [
            (
                Refusal.Of(StatusCode.NotFound),
                () => RestoreAsync(new() { Name = made.Name[..made.Name.LastIndexOf('/')] + "/none" })
            ),
            (Refusal.Invalid("id_prefix"), () => RestoreAsync(new() { Name = made.Name, IdPrefix = "../" })),
            (Refusal.Invalid("id_prefix"), () => RestoreAsync(new() { Name = made.Name, IdPrefix = "-" })),
            (
                Refusal.Invalid("id_prefix"),
                () => RestoreAsync(new() { Name = made.Name, IdPrefix = new string('x', 41) })
            ),
            (
                Refusal.Invalid("items"),
                () => RestoreAsync(new() { Name = made.Name, Items = { $"{Project}/branches/other" } })
            ),
            (
                Refusal.Invalid("items"),
                () => RestoreAsync(new() { Name = made.Name, Items = { new string('x', 90_000) } })
            ),
            (
                Refusal.Invalid("parent"),
                async () => await lab.Backups.ImportBackupsAsync(new() { Parent = "x" }, lab.Options)
            ),
            (
                Refusal.Invalid("request_id"),
                async () =>
                    await lab.Backups.ImportBackupsAsync(
                        new()
                        {
                            Parent = made.Name[..made.Name.IndexOf("/backups/", StringComparison.Ordinal)],
                            RequestId = "1",
                        },
                        lab.Options
                    )
            ),
            (
                Refusal.Of(StatusCode.NotFound),
                async () =>
                    await lab.Backups.ImportBackupsAsync(new() { Parent = $"{Project}/backupPlans/none" }, lab.Options)
            ),
        ];
        await CheckAsync(table);
    }

    [Fact]
    public async Task Only_who_runs_a_project_backs_it_up_and_only_who_runs_the_installation_takes_backups_in()
    {
        var plan = await lab.AddPlanAsync();
        var made = await lab.BackUpAsync();
        var member = new CallOptions(await lab.AddKeyAsync(), cancellationToken: Token);
        var admin = new CallOptions(await lab.AddKeyAsync("admin"), cancellationToken: Token);
        (Refusal Expected, Func<Task> Call)[] table =
        [
            (Denied, async () => await lab.Backups.StartBackupAsync(new() { Parent = plan.Name }, member)),
            (Denied, async () => await lab.Backups.DeleteBackupAsync(new() { Name = made.Name }, member)),
            (
                Denied,
                async () => await lab.Backups.RestoreBackupAsync(new() { Name = made.Name, IdPrefix = "r-" }, member)
            ),
            (Denied, async () => await lab.Backups.DeleteBackupPlanAsync(new() { Name = plan.Name }, member)),
            (Denied, async () => await lab.Backups.ImportBackupsAsync(new() { Parent = plan.Name }, admin)),
        ];
        await CheckAsync(table);
        await lab.Backups.GetBackupAsync(new() { Name = made.Name }, member);
    }

    private static Refusal Denied => Refusal.Of(StatusCode.PermissionDenied);

    private async Task CheckAsync((Refusal Expected, Func<Task> Call)[] table)
    {
        for (var i = 0; i < table.Length; i++)
        {
            var refusal = await RefusalAsync(table[i].Call);
            Assert.True(refusal == table[i].Expected, $"row {i}: {refusal}, and not {table[i].Expected}");
        }
    }

    private async Task UpdateAsync(BackupPlan? plan, params string[] mask)
    {
        var request = new UpdateBackupPlanRequest { BackupPlan = plan };
        if (mask.Length > 0)
        {
            request.UpdateMask = new FieldMask { Paths = { mask } };
        }

        await lab.Backups.UpdateBackupPlanAsync(request, lab.Options);
    }

    private async Task DeletePlanAsync(DeleteBackupPlanRequest request) =>
        await lab.Backups.DeleteBackupPlanAsync(request, lab.Options);

    private async Task RestoreAsync(RestoreBackupRequest request) =>
        await lab.Backups.RestoreBackupAsync(request, lab.Options);

    private Task<Refusal> RefusalAsync(Func<Task> call) => Refusal.OfAsync(call, CountAsync);

    private async Task<string> CountAsync()
    {
        await using var command = lab.Database.Owner.CreateCommand(
            """
            SELECT concat_ws(' ', (SELECT count(*) FROM scheduling.backup_plan),
                (SELECT max(revision) FROM scheduling.backup_plan), (SELECT count(*) FROM scheduling.backup),
                (SELECT count(*) FROM branching.operation), (SELECT count(*) FROM scheduling.restore))
            """
        );
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }
}
