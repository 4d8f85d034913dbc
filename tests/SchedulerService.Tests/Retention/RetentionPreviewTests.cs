using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>What the policies would do, and how policies are made, changed and deleted.</summary>
public sealed class RetentionPreviewTests : IAsyncLifetime
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly RetentionLab lab = new();

    public ValueTask InitializeAsync() => lab.InitializeAsync();

    public ValueTask DisposeAsync() => lab.DisposeAsync();

    [Fact]
    public async Task A_project_begins_with_three_policies_and_what_is_deleted_of_them_stays_so()
    {
        var first = await ListAsync();
        Assert.Equal(["completed", "failed", "tagged"], first.Select(policy => policy.Name.Split('/')[^1]));
        Assert.Equal([7, 1, 365], first.Select(policy => policy.Keep.ToTimeSpan().TotalDays));
        Assert.All(first, policy => Assert.False(policy.IncludeTagged));
        await lab.Policies.DeleteRetentionPolicyAsync(new() { Name = first[1].Name }, lab.Admin);
        Assert.Equal(2, (await ListAsync()).Count);
    }

    [Fact]
    public async Task A_policy_is_made_changed_by_its_etag_and_deleted_once()
    {
        var made = await lab.AddPolicyAsync("trials", 90 * Day, policy => policy.Filter = "kind = TRIAL");
        Assert.Equal((7 * Day, null), (made.PurgeAfter.ToTimeSpan(), made.WarnBefore));
        var got = await lab.Policies.GetRetentionPolicyAsync(new() { Name = made.Name }, lab.Member);
        Assert.Equal(made, got.RetentionPolicy);

        var change = new UpdateRetentionPolicyRequest
        {
            RetentionPolicy = new()
            {
                Name = made.Name,
                Etag = made.Etag,
                Keep = Duration.FromTimeSpan(30 * Day),
            },
            RequestId = "0b9f2b4e-5d0c-4d0f-8f7c-6f4f0f6f0001",
        };
        var changed = (await lab.Policies.UpdateRetentionPolicyAsync(change, lab.Admin)).RetentionPolicy;
        Assert.Equal((30 * Day, "kind = TRIAL"), (changed.Keep.ToTimeSpan(), changed.Filter));
        // The same request again is answered and not done again.
        Assert.Equal(changed, (await lab.Policies.UpdateRetentionPolicyAsync(change, lab.Admin)).RetentionPolicy);

        var delete = new DeleteRetentionPolicyRequest { Name = made.Name, Etag = changed.Etag };
        await lab.Policies.DeleteRetentionPolicyAsync(delete, lab.Admin);
        delete.AllowMissing = true;
        await lab.Policies.DeleteRetentionPolicyAsync(delete, lab.Admin);
        Assert.Equal(
            "CreateRetentionPolicy DeleteRetentionPolicy UpdateRetentionPolicy",
            await lab.AskAsync(
                "SELECT string_agg(method, ' ' ORDER BY method) FROM branching.audit_entry WHERE resource = "
                    + $"'{made.Name}'"
            )
        );
    }

    [Fact]
    public async Task A_preview_lists_what_goes_what_stays_and_why_and_changes_nothing()
    {
        await lab.CreateAsync("failed", ExperimentState.Failed);
        await lab.CreateAsync("guarded", ExperimentState.Failed);
        await lab.Branches.SetBranchProtectionAsync(
            new() { Name = RetentionLab.NameOf("guarded"), Protected = true },
            lab.Admin
        );
        await lab.CreateAsync("silent");
        await lab.CreateAsync("running", ExperimentState.Running);
        await lab.PassAsync(Day);
        await lab.CreateAsync("fresh", ExperimentState.Completed);
        var before = await lab.AskAsync(Everything);

        var decisions = await lab.PreviewAsync();
        Assert.Equal(["failed", "fresh", "guarded"], decisions.Keys);
        var failed = decisions["failed"];
        Assert.Equal(RetentionAction.Delete, failed.Action);
        Assert.Equal(RetentionLab.PolicyOf("failed"), failed.Policy);
        Assert.Equal(ExperimentState.Failed, failed.ExperimentState);
        Assert.Equal(
            "policy 'failed' keeps it 1 d from its experiment's end on 2047-03-01 12:00 UTC, ended on 2047-03-02 12:00"
                + " UTC",
            failed.Reason
        );
        Assert.Equal(RetentionAction.Keep, decisions["guarded"].Action);
        Assert.Contains("protected", decisions["guarded"].Reason, StringComparison.Ordinal);
        Assert.Equal(lab.Now + (7 * Day), decisions["fresh"].DueTime.ToDateTimeOffset());
        Assert.Equal(before, await lab.AskAsync(Everything));
    }

    [Fact]
    public async Task A_preview_of_an_instant_to_come_assumes_that_owners_are_warned_in_time()
    {
        await lab.CreateAsync("exp", ExperimentState.Completed);
        async Task<RetentionAction> ActionAfterAsync(TimeSpan span)
        {
            var decisions = await lab.PreviewAsync(asked => asked.Instant = (lab.Now + span).ToTimestamp());
            return decisions["exp"].Action;
        }

        Assert.Equal(RetentionAction.Keep, await ActionAfterAsync(5 * Day));
        Assert.Equal(RetentionAction.Warn, await ActionAfterAsync(6.5 * Day));
        Assert.Equal(RetentionAction.Delete, await ActionAfterAsync(7 * Day));
        Assert.Equal(RetentionAction.Keep, await ActionAfterAsync(-100 * Day));
    }

    [Fact]
    public async Task A_disabled_policy_is_tried_where_it_is_named_and_others_keep_what_they_keep()
    {
        await lab.AddPolicyAsync("keeper", 100 * Day, policy => policy.Filter = "labels.keep : *");
        await lab.AddPolicyAsync("broad", TimeSpan.FromHours(1), policy => policy.Disabled = true);
        await lab.CreateAsync("plain");
        await lab.CreateAsync("kept", more => more.Branch.Labels["keep"] = "yes");
        await lab.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal(["kept"], (await lab.PreviewAsync()).Keys);

        var tried = await lab.PreviewAsync(asked => asked.Policies.Add(RetentionLab.PolicyOf("broad")));
        Assert.Equal(["kept", "main", "plain"], tried.Keys.Order());
        Assert.Equal(RetentionAction.Delete, tried["plain"].Action);
        Assert.Equal(RetentionLab.PolicyOf("keeper"), tried["kept"].Policy);
        Assert.Equal("main is never taken", tried["main"].Reason);
        // A run does nothing of the sort.
        Assert.Equal(0, (await lab.RunAsync()).Results["branches_deleted"]);
    }

    [Fact]
    public async Task Pages_show_every_branch_once_however_policies_overlap()
    {
        await lab.AddPolicyAsync("even", 50 * Day, policy => policy.Filter = "labels.n = \"even\"");
        await lab.AddPolicyAsync("all", 40 * Day);
        for (var i = 0; i < 23; i++)
            await lab.CreateAsync($"b-{i:00}", more => more.Branch.Labels["n"] = i % 2 == 0 ? "even" : "odd");
        var whole = await lab.PreviewAsync();
        var paged = await lab.PreviewAsync(asked => asked.PageSize = 4);
        Assert.Equal(24, whole.Count);
        Assert.Equal(whole, paged);
        Assert.Equal(12, paged.Values.Count(decision => decision.Policy == RetentionLab.PolicyOf("even")));
    }

    [Fact]
    public async Task A_preview_says_how_much_space_comes_back()
    {
        await lab.CreateAsync("exp", ExperimentState.Failed);
        await lab.CommitAsync("exp");
        await lab.PassAsync(2 * Day);
        var usage = await lab.Branches.GetBranchUsageAsync(new() { Name = RetentionLab.NameOf("exp") }, lab.Member);
        Assert.Equal(usage.FreeableBytes, (await lab.PreviewAsync())["exp"].FreeableBytes);
    }

    private const string Everything = """
        SELECT concat_ws(' ', (SELECT sum(revision) FROM branching.branch),
            (SELECT count(*) FROM branching.audit_entry), (SELECT count(*) FROM scheduling.retention_notice))
        """;

    private async Task<IReadOnlyList<RetentionPolicy>> ListAsync() =>
        (
            await lab.Policies.ListRetentionPoliciesAsync(new() { Parent = RetentionLab.Parent }, lab.Member)
        ).RetentionPolicies;
}
