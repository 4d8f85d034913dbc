using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Storage.Retention;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>Nights of retention: the real Branch service, the real database, and a clock that is set.</summary>
public sealed class RetentionNightTests : IAsyncLifetime
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly RetentionLab lab = new();

    public ValueTask InitializeAsync() => lab.InitializeAsync();

    public ValueTask DisposeAsync() => lab.DisposeAsync();

    [Fact]
    public async Task A_new_project_keeps_completed_experiments_a_week_failed_ones_a_day_and_tagged_ones_for_good()
    {
        await lab.CreateAsync("completed", ExperimentState.Completed);
        await lab.CreateAsync("failed", ExperimentState.Failed);
        await lab.CreateAsync("running", ExperimentState.Running);
        await lab.CreateAsync("silent");
        await lab.CreateAsync("tagged", ExperimentState.Completed);
        await lab.TagAsync("v1", "tagged");

        var gone = new Dictionary<string, int>();
        for (var day = 0; day < 400; day += day < 12 ? 1 : 97)
        {
            var night = await lab.RunAsync();
            foreach (var (branch, line) in night.Lines.Where(line => line.Value.Action == "delete"))
                gone.Add($"{branch} by {line.Policy}", day);
            await lab.PassAsync(day < 12 ? Day : 97 * Day);
        }

        Assert.Equal(new() { ["completed by completed"] = 7, ["failed by failed"] = 1 }, gone);
        Assert.Equal(BranchState.Active, (await lab.GetAsync("tagged")).State);
        var decision = (await lab.PreviewAsync())["tagged"];
        Assert.Equal(RetentionAction.Keep, decision.Action);
        Assert.Contains("tag 'v1' names it", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_owner_is_warned_a_day_ahead_once_and_it_is_in_the_audit()
    {
        await lab.CreateAsync("exp", ExperimentState.Completed);
        await lab.PassAsync(6 * Day);
        var first = await lab.RunAsync();
        Assert.Equal(("warn", 1L), (first.Lines["exp"].Action, first.Results["owners_warned"]));
        var decision = (await lab.PreviewAsync())["exp"];
        Assert.Equal((RetentionAction.Warn, "anna@lab"), (decision.Action, decision.Owner));
        Assert.Equal(lab.Now, decision.WarnTime.ToDateTimeOffset());
        Assert.Equal(lab.Now + Day, decision.DueTime.ToDateTimeOffset());

        await lab.PassAsync(Day / 2);
        var second = await lab.RunAsync();
        Assert.Equal(("keep", 0L), (second.Lines["exp"].Action, second.Results["owners_warned"]));
        Assert.Equal(
            "anna@lab completed",
            await lab.AskAsync(
                """
                SELECT concat_ws(' ', detail ->> 'owner', detail ->> 'policy') FROM branching.audit_entry
                WHERE method = 'WarnOwner' AND actor = 'retention' AND resource = 'projects/lab/branches/exp'
                """
            )
        );

        await lab.PassAsync(Day / 2);
        Assert.Equal(1, (await lab.RunAsync()).Results["branches_deleted"]);
        var audited = (string)
            (
                await lab.AskAsync(
                    """
                    SELECT detail ->> 'reason' FROM branching.audit_entry
                    WHERE method = 'DeleteBranch' AND actor = 'scheduler'
                    """
                )
            )!;
        Assert.Contains(
            "policy 'completed' keeps it 7 d from its experiment's end on 2047-03-01",
            audited,
            StringComparison.Ordinal
        );
        Assert.Contains("of job 'retention'", audited, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_branch_that_a_longer_policy_begins_to_match_while_the_run_goes_on_stays()
    {
        await lab.CreateAsync("a-first");
        await lab.CreateAsync("z-last");
        // So many that the last branch is on the second page of all, and of the policy that matches all.
        await lab.AskAsync(
            """
            INSERT INTO branching.branch (
                project_id, name, uid, timeline_id, kind, owner, protected, parent_branch_id, fork_version)
            SELECT b.project_id, 'm-' || n, gen_random_uuid(), b.timeline_id, 'trial', 'tests', true, b.branch_id, 0
            FROM branching.branch b JOIN branching.project p USING (project_id), generate_series(1, 200) AS n
            WHERE b.kind = 'main' AND p.name = 'lab'
            """
        );
        await lab.AddPolicyAsync("keep", 365 * Day, policy => policy.Filter = "labels.keep = \"yes\"");
        await lab.AddPolicyAsync("short", 7 * Day);
        await lab.PassAsync(8 * Day);
        // Its owner labels the last when the first is deleted: policy keep was asked by then.
        await lab.AskAsync(
            """
            CREATE FUNCTION public.label_last() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                UPDATE branching.branch SET labels = '{"keep": "yes"}', revision = revision + 1
                WHERE name = 'z-last';
                RETURN NULL;
            END $$;
            CREATE TRIGGER label_last AFTER UPDATE OF delete_time ON branching.branch
            FOR EACH ROW WHEN (NEW.name = 'a-first') EXECUTE FUNCTION public.label_last();
            """
        );

        var night = await lab.RunAsync();

        Assert.Equal("delete", night.Lines["a-first"].Action);
        Assert.Equal(("keep", "short"), (night.Lines["z-last"].Action, night.Lines["z-last"].Policy));
        Assert.Contains("policy 'keep'", night.Lines["z-last"].Reason, StringComparison.Ordinal);
        Assert.Equal(BranchState.Active, (await lab.GetAsync("z-last")).State);
        // The next night judges it by both.
        Assert.Equal(0, (await lab.RunAsync()).Results["branches_deleted"]);
    }

    [Fact]
    public async Task A_branch_that_is_tagged_while_the_run_goes_on_stays()
    {
        await lab.CreateAsync("a-first");
        await lab.CreateAsync("z-last");
        await lab.TagAsync("v1", "main");
        await lab.AddPolicyAsync("short", 7 * Day);
        // No other is about tags: it would begin to match.
        await lab.AskAsync("DELETE FROM scheduling.retention_policy WHERE name <> 'short'");
        await lab.PassAsync(8 * Day);
        // Both were judged by then: they are on one page.
        await lab.AskAsync(
            """
            CREATE FUNCTION public.tag_last() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                UPDATE branching.tag SET branch_id = (SELECT branch_id FROM branching.branch WHERE name = 'z-last');
                RETURN NULL;
            END $$;
            CREATE TRIGGER tag_last AFTER UPDATE OF delete_time ON branching.branch
            FOR EACH ROW WHEN (NEW.name = 'a-first') EXECUTE FUNCTION public.tag_last();
            """
        );

        var night = await lab.RunAsync();

        Assert.Equal(("delete", "keep"), (night.Lines["a-first"].Action, night.Lines["z-last"].Action));
        Assert.Contains("tag 'v1' names it", night.Lines["z-last"].Reason, StringComparison.Ordinal);
        Assert.Equal(BranchState.Active, (await lab.GetAsync("z-last")).State);
    }

    [Fact]
    public async Task An_owner_who_extends_keeps_the_branch_until_then_and_is_warned_of_the_new_end_only_by_policies()
    {
        await lab.CreateAsync("exp", ExperimentState.Completed);
        await lab.PassAsync(6 * Day);
        await lab.RunAsync();
        var extended = new Branch
        {
            Name = RetentionLab.NameOf("exp"),
            ExpireTime = (lab.Now + (30 * Day)).ToTimestamp(),
        };
        await lab.Branches.UpdateBranchAsync(new() { Branch = extended }, lab.Admin);
        await lab.PassAsync(29 * Day);
        Assert.Equal(0, (await lab.RunAsync()).Results["branches_deleted"]);
        await lab.PassAsync(Day);
        var end = await lab.RunAsync();
        Assert.Equal(("delete", ""), (end.Lines["exp"].Action, end.Lines["exp"].Policy));
    }

    [Fact]
    public async Task A_deleted_branch_can_be_restored_for_as_long_as_its_policy_says_and_then_begins_a_new_term()
    {
        await lab.AddPolicyAsync("short", 2 * Day, policy => policy.PurgeAfter = Duration.FromTimeSpan(3 * Day));
        await lab.CreateAsync("back");
        await lab.CreateAsync("gone");
        await lab.CreateAsync("late");
        await lab.PassAsync(Day);
        await lab.CreateAsync("young");
        await lab.PassAsync(Day);
        Assert.Equal(3, (await lab.RunAsync()).Results["branches_deleted"]);
        var deleted = await lab.GetAsync("back");
        Assert.Equal(lab.Now + (3 * Day), deleted.PurgeTime.ToDateTimeOffset());
        Assert.Equal(RetentionAction.Purge, (await lab.PreviewAsync())["back"].Action);

        await lab.PassAsync(Day);
        var restored = (
            await lab.Branches.UndeleteBranchAsync(new() { Name = RetentionLab.NameOf("back") }, lab.Admin)
        ).Branch;
        Assert.Equal(lab.Now, restored.RestoreTime.ToDateTimeOffset());
        await lab.PassAsync(Day);
        await lab.RunAsync();
        Assert.Equal(BranchState.Active, (await lab.GetAsync("back")).State);

        await lab.PassAsync(Day);
        Assert.Contains("back", (await lab.RunAsync()).Lines.Keys);
        await lab.PurgeAsync();
        await Assert.ThrowsAsync<RpcException>(() => lab.GetAsync("gone"));
        Assert.Equal(BranchState.Deleted, (await lab.GetAsync("back")).State);
    }

    [Fact]
    public async Task Whoever_commits_between_judgement_and_deletion_keeps_the_branch()
    {
        var branch = await lab.CreateAsync("exp");
        await lab.CommitAsync("exp");
        var request = new DeleteBranchRequest
        {
            Name = branch.Name,
            Etag = branch.Etag,
            HeadVersion = (await lab.GetAsync("exp")).HeadVersion,
        };
        await lab.CommitAsync("exp");
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Branches.DeleteBranchAsync(request, lab.Admin)
        );
        Assert.Equal(ErrorReason.HeadMoved, ErrorStatus.FromRpcException(refused)!.Reason);
        request.HeadVersion = (await lab.GetAsync("exp")).HeadVersion;
        await lab.Branches.DeleteBranchAsync(request, lab.Admin);
    }

    [Fact]
    public async Task Branches_that_somebody_works_on_wait_each_with_its_reason()
    {
        await lab.AddPolicyAsync("day", Day);
        foreach (var id in new[] { "idle", "written", "streamed", "merged", "worked" })
            await lab.CreateAsync(id);
        await lab.PassAsync(Day);
        await lab.CreateAsync("young");
        await lab.CommitAsync("written");
        await lab.AskAsync(
            $"""
            INSERT INTO signals.writer (project_id, timeline_id, stream_id, epoch, group_ends, writer, open_until)
            SELECT project_id, timeline_id, 1, 1, ARRAY[0], 'gateway-7', timestamptz '2047-03-02 12:05Z'
            FROM branching.branch WHERE name = 'streamed';
            INSERT INTO branching.merge (project_id, source_branch_id, target_branch_id, source_name, target_name,
                source_version, target_version, state, creator)
            SELECT s.project_id, s.branch_id, t.branch_id, s.name, t.name, 0, 0, 'waiting', 'tests'
            FROM branching.branch s JOIN branching.branch t USING (project_id)
            WHERE s.name = 'merged' AND t.name = 'main' AND s.project_id = {lab.Project.Value};
            INSERT INTO scheduling.job_run (project_id, job_name, run_id, state, cause, create_time, ready_time)
            VALUES ({lab.Project.Value}, 'nightly-sync', '00000001-0000-0000-0000-000000000000',
                'queued', 'caller', now(), 'infinity');
            """
        );
        var run = new RunRecord(lab.Project, "nightly-sync", new(1, 0, 0, new byte[8])) { State = RunState.Queued };
        await lab
            .Scheduler.Services.GetRequiredService<RunBranchStore>()
            .AddAsync(run, Guid.Parse((await lab.GetAsync("worked")).Uid), TestContext.Current.CancellationToken);
        var night = await lab.RunAsync();
        Assert.Equal((1L, 4L), (night.Results["branches_deleted"], night.Results["branches_waiting"]));
        Assert.Equal("delete", night.Lines["idle"].Action);
        Assert.Contains("somebody committed to it", night.Lines["written"].Reason, StringComparison.Ordinal);
        Assert.Contains("gateway-7 streams into it", night.Lines["streamed"].Reason, StringComparison.Ordinal);
        Assert.Contains("merge 1 from or into it is open", night.Lines["merged"].Reason, StringComparison.Ordinal);
        Assert.Contains("job 'nightly-sync' works on it", night.Lines["worked"].Reason, StringComparison.Ordinal);

        // The writer is gone, the merge and the run have ended, and nobody has committed for a day.
        await lab.AskAsync(
            """
            UPDATE branching.merge SET state = 'abandoned', end_time = create_time;
            UPDATE scheduling.job_run SET state = 'skipped', end_time = create_time, ready_time = NULL
            WHERE job_name = 'nightly-sync'
            """
        );
        await lab.PassAsync(Day / 2);
        Assert.Equal(4, (await lab.RunAsync()).Results["branches_deleted"]);
    }

    [Fact]
    public async Task Children_of_a_deleted_branch_lose_nothing()
    {
        await lab.AddPolicyAsync("parents", Day, policy => policy.Filter = "labels.role = \"parent\"");
        await lab.CreateAsync("parent", more => more.Branch.Labels["role"] = "parent");
        await lab.CommitAsync("parent");
        await lab.CreateAsync("child", more => more.Source = new() { Branch = RetentionLab.NameOf("parent") });
        const string Seen = """
            SELECT string_agg(v.through_version::text, ',' ORDER BY v.through_version) FROM branching.branch b
            CROSS JOIN LATERAL branching.vector_at_head(b.timeline_id) v WHERE b.name = 'child'
            """;
        var before = await lab.InProjectAsync(Seen);
        await lab.PassAsync(2 * Day);
        Assert.Equal(1, (await lab.RunAsync()).Results["branches_deleted"]);
        await lab.PassAsync(8 * Day);
        await lab.PurgeAsync();
        await Assert.ThrowsAsync<RpcException>(() => lab.GetAsync("parent"));
        Assert.Equal(before, await lab.InProjectAsync(Seen));
        Assert.NotEmpty(before);
    }

    [Fact]
    public async Task A_dry_run_says_what_a_run_then_does()
    {
        await lab.CreateAsync("completed", ExperimentState.Completed);
        await lab.CreateAsync("failed", ExperimentState.Failed);
        await lab.PassAsync(6 * Day);
        var dry = await lab.RunAsync(new(IsDryRun: true));
        Assert.Equal((1L, 1L), (dry.Results["branches_to_delete"], dry.Results["owners_to_warn"]));
        Assert.Equal(BranchState.Active, (await lab.GetAsync("failed")).State);
        Assert.Null((await lab.PreviewAsync())["completed"].WarnTime);
        var done = await lab.RunAsync();
        Assert.Equal(dry.Lines, done.Lines);
    }

    [Fact]
    public async Task A_job_of_some_policies_carries_out_these_and_the_others_still_keep()
    {
        await lab.AddPolicyAsync("keeper", 30 * Day, policy => policy.Filter = "labels.keep : *");
        await lab.CreateAsync("failed", ExperimentState.Failed);
        await lab.CreateAsync("kept", more => more.Branch.Labels["keep"] = "yes");
        await lab.EndAsync("kept", ExperimentState.Failed);
        await lab.CreateAsync("completed", ExperimentState.Completed);
        await lab.CreateAsync("expired", more => more.Branch.Ttl = Duration.FromTimeSpan(Day));
        await lab.PassAsync(20 * Day);
        var narrow = await lab.RunAsync(new() { Policies = ["failed"] });
        Assert.Equal(["failed"], narrow.Lines.Keys);
        Assert.Equal(1, narrow.Results["branches_deleted"]);
        await lab.Policies.DeleteRetentionPolicyAsync(new() { Name = RetentionLab.PolicyOf("failed") }, lab.Admin);
        var gone = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            lab.RunAsync(new() { Policies = ["failed"] })
        );
        Assert.Equal("Failed: Policy 'failed' does not exist any more: take it out of the job's task.", gone.Message);
    }
}
