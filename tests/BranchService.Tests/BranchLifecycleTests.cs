using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

public sealed class BranchLifecycleTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_renamed_branch_keeps_its_uid_and_frees_its_name()
    {
        var branch = await fixture.CreateAsync("old-name");
        var rename = new RenameBranchRequest
        {
            Name = branch.Name,
            NewBranchId = "new-name",
            Etag = branch.Etag,
            RequestId = "11111111-2222-4333-8444-555555555555",
        };

        var renamed = (await fixture.Branches.RenameBranchAsync(rename, fixture.Lab)).Branch;

        Assert.Equal(("projects/lab/branches/new-name", branch.Uid), (renamed.Name, renamed.Uid));
        Assert.Equal(renamed, (await fixture.Branches.RenameBranchAsync(rename, fixture.Lab)).Branch);
        Assert.NotEqual(branch.Uid, (await fixture.CreateAsync("old-name")).Uid);
        await RefusedAsync(
            StatusCode.AlreadyExists,
            ErrorReason.AlreadyExists,
            () =>
                fixture.Branches.RenameBranchAsync(new() { Name = renamed.Name, NewBranchId = "old-name" }, fixture.Lab)
        );
        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.BranchProtected,
            () =>
                fixture.Branches.RenameBranchAsync(
                    new() { Name = "projects/lab/branches/main", NewBranchId = "master" },
                    fixture.Lab
                )
        );
    }

    [Fact]
    public async Task An_archived_branch_is_read_and_not_written_until_it_is_unarchived()
    {
        var branch = await fixture.CreateAsync("shelved");
        await fixture.CommitAsync("shelved");
        var archived = await ArchiveAsync(branch.Name);

        Assert.Equal(BranchState.Archived, archived.State);
        Assert.NotNull(archived.ArchiveTime);
        await WriteIsRefusedAsync(ErrorReason.BranchNotWritable, "archived", () => fixture.CommitAsync("shelved"));
        Assert.Single((await LogAsync(branch.Name)).Commits);
        Assert.Equal(archived, await ArchiveAsync(branch.Name));

        await fixture.Branches.DeleteBranchAsync(new() { Name = branch.Name }, fixture.Lab);
        var restored = await fixture.Branches.UndeleteBranchAsync(new() { Name = branch.Name }, fixture.Lab);
        Assert.Equal(BranchState.Archived, restored.Branch.State);

        var opened = await fixture.Branches.UnarchiveBranchAsync(new() { Name = branch.Name }, fixture.Lab);
        Assert.Equal(BranchState.Active, opened.Branch.State);
        await fixture.CommitAsync("shelved");
    }

    [Fact]
    public async Task A_protected_branch_takes_merges_only_and_is_neither_deleted_nor_reset()
    {
        var branch = await fixture.CreateAsync("precious");
        var first = await fixture.CommitAsync("precious");
        var append = await fixture.OpenAsync("precious");

        var guarded = await ProtectAsync(branch.Name, isProtected: true);

        Assert.True(guarded.Protected);
        await WriteIsRefusedAsync(ErrorReason.BranchProtected, "merges only", () => append("more"));
        await fixture.CommitAsync("precious", "a merge");
        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.BranchProtected,
            () => fixture.Branches.DeleteBranchAsync(new() { Name = branch.Name }, fixture.Lab)
        );
        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.BranchProtected,
            () =>
                fixture.Branches.ResetBranchAsync(
                    new()
                    {
                        Name = branch.Name,
                        Point = new() { Version = first.Value },
                    },
                    fixture.Lab
                )
        );

        Assert.False((await ProtectAsync(branch.Name, isProtected: false)).Protected);
        await append("again");
    }

    [Fact]
    public async Task Main_stays_protected_and_open()
    {
        const string Main = "projects/lab/branches/main";
        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.BranchProtected,
            () => fixture.Branches.SetBranchProtectionAsync(new() { Name = Main, Protected = false }, fixture.Lab)
        );
        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.BranchProtected,
            () => fixture.Branches.ArchiveBranchAsync(new() { Name = Main }, fixture.Lab)
        );
        Assert.True((await ProtectAsync(Main, isProtected: true)).Protected);
    }

    [Fact]
    public async Task An_experiment_says_how_it_goes_who_said_so_and_why()
    {
        var branch = await fixture.CreateAsync("asleep");
        Assert.Null(branch.Experiment);

        foreach (var state in new[] { ExperimentState.Running, ExperimentState.Failed, ExperimentState.Running })
        {
            var request = new SetExperimentStateRequest
            {
                Name = branch.Name,
                State = state,
                Reason = $"because {state}",
            };
            var said = (await fixture.Branches.SetExperimentStateAsync(request, fixture.Lab)).Branch.Experiment;
            Assert.Equal((state, "a test", $"because {state}"), (said.State, said.Actor, said.Reason));
            Assert.NotNull(said.StateTime);
        }

        var audit = await fixture.AsOwnerAsync(
            """
            SELECT string_agg(detail ->> 'state', ',' ORDER BY audit_entry_id) FROM branching.audit_entry
            WHERE resource = 'projects/lab/branches/asleep' AND method = 'SetExperimentState'
            """
        );
        Assert.Equal("running,failed,running", audit);
    }

    [Fact]
    public async Task A_purged_branch_is_gone_for_every_reader_and_cannot_be_restored()
    {
        var branch = await fixture.CreateAsync("purged");
        await fixture.Branches.DeleteBranchAsync(new() { Name = branch.Name }, fixture.Lab);

        var purge = new DeleteBranchRequest { Name = branch.Name, Purge = true };
        Assert.Null((await fixture.Branches.DeleteBranchAsync(purge, fixture.Lab)).Branch);

        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.BranchNotFound,
            () => fixture.Branches.GetBranchAsync(new() { Name = branch.Name }, fixture.Lab)
        );
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.BranchNotFound,
            () => fixture.Branches.UndeleteBranchAsync(new() { Name = branch.Name }, fixture.Lab)
        );
        var left = await fixture.AsOwnerAsync("SELECT purge_time <= now() FROM branching.branch WHERE name = 'purged'");
        Assert.Equal(true, left);
    }

    [Fact]
    public async Task A_change_with_an_old_etag_is_refused_whatever_it_changes()
    {
        var branch = await fixture.CreateAsync("watched");
        await fixture.CommitAsync("watched");
        var (name, old) = (branch.Name, branch.Etag);
        await ProtectAsync(name, isProtected: true);
        await ProtectAsync(name, isProtected: false);
        var (calls, lab) = (fixture.Branches, fixture.Lab);

        await AbortedAsync(() =>
            calls.RenameBranchAsync(
                new()
                {
                    Name = name,
                    Etag = old,
                    NewBranchId = "x",
                },
                lab
            )
        );
        await AbortedAsync(() => calls.ArchiveBranchAsync(new() { Name = name, Etag = old }, lab));
        await AbortedAsync(() => calls.UnarchiveBranchAsync(new() { Name = name, Etag = old }, lab));
        await AbortedAsync(() =>
            calls.SetBranchProtectionAsync(
                new()
                {
                    Name = name,
                    Etag = old,
                    Protected = true,
                },
                lab
            )
        );
        await AbortedAsync(() =>
            calls.SetExperimentStateAsync(
                new()
                {
                    Name = name,
                    Etag = old,
                    State = ExperimentState.Running,
                },
                lab
            )
        );
        await AbortedAsync(() =>
            calls.ResetBranchAsync(
                new()
                {
                    Name = name,
                    Etag = old,
                    Point = new() { Version = 1 },
                },
                lab
            )
        );
        await AbortedAsync(() => calls.DeleteBranchAsync(new() { Name = name, Etag = old }, lab));

        Task AbortedAsync<T>(Func<AsyncUnaryCall<T>> call) =>
            RefusedAsync(StatusCode.Aborted, ErrorReason.EtagMismatch, call);
    }

    private async Task<Branch> ArchiveAsync(string name) =>
        (await fixture.Branches.ArchiveBranchAsync(new() { Name = name }, fixture.Lab)).Branch;

    private async Task<Branch> ProtectAsync(string name, bool isProtected) =>
        (
            await fixture.Branches.SetBranchProtectionAsync(new() { Name = name, Protected = isProtected }, fixture.Lab)
        ).Branch;

    private async Task<ListCommitsResponse> LogAsync(string name) =>
        await fixture.History.ListCommitsAsync(new() { Parent = name }, fixture.Lab);

    private static async Task WriteIsRefusedAsync(ErrorReason reason, string problem, Func<Task> write)
    {
        var refusal = await Assert.ThrowsAsync<DendriteException>(write);
        Assert.Equal(reason, refusal.Reason);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }
}
