using System.Text.Json;
using Dendrite.SchedulerService.Alerts;
using Dendrite.SchedulerService.Tests.Alerts;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>Warnings of retention reach the channels of rules: each once, in time to extend the branch.</summary>
public sealed class WarnedOwnerTests : IAsyncLifetime
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly RetentionLab lab = new();
    private HookSite hooks = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await lab.InitializeAsync();
        hooks = await HookSite.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await hooks.DisposeAsync();
        await lab.DisposeAsync();
    }

    [Fact]
    public async Task A_warning_is_told_once_with_branch_owner_and_end()
    {
        await AddRuleAsync("ending");
        await lab.CreateAsync("one", ExperimentState.Completed);
        await lab.CreateAsync("two", ExperimentState.Completed);
        await lab.PassAsync(6 * Day);
        await lab.RunAsync();
        await LookAsync();
        var end = lab.Now + Day - TimeSpan.FromMinutes(1);

        var told = Assert.Single(hooks.Calls);
        Assert.Equal(("warning", "2"), (told["state"], told["value"]));
        Assert.Contains("2 branches are deleted soon unless extended: one on ", told["summary"]);
        Assert.Contains("dendrite branch extend", told["summary"]);
        var branches = JsonDocument.Parse(told["branches"]).RootElement;
        Assert.Equal(2, branches.GetArrayLength());
        Assert.Equal(
            (RetentionLab.NameOf("one"), "anna@lab", "completed", end),
            (
                branches[0].GetProperty("branch").GetString(),
                branches[0].GetProperty("owner").GetString(),
                branches[0].GetProperty("policy").GetString(),
                branches[0].GetProperty("due_time").GetDateTimeOffset()
            )
        );

        // Neither the next look nor the next night says it again.
        await LookAsync();
        await lab.PassAsync(Day / 2);
        await lab.RunAsync();
        await LookAsync();
        Assert.Single(hooks.Calls);
        var listed = await lab.Rules.ListAlertsAsync(new() { Parent = RetentionLab.Parent }, lab.Member);
        var alert = Assert.Single(listed.Alerts);
        Assert.Equal((1, 2.0), (alert.DeliveredCount, alert.Value));
        Assert.NotNull(alert.EndTime);
    }

    [Fact]
    public async Task In_quiet_hours_a_warning_is_kept_back_to_their_end()
    {
        await AddRuleAsync("ending", rule => (rule.QuietHours, rule.TimeZone) = ("11:00-14:00", "UTC"));
        await lab.CreateAsync("exp", ExperimentState.Completed);
        await lab.PassAsync(6 * Day);
        await lab.RunAsync();

        await LookAsync();
        Assert.Empty(hooks.Calls);
        await lab.PassAsync(TimeSpan.FromHours(2));
        await LookAsync();

        Assert.Single(hooks.Calls);
    }

    [Fact]
    public async Task What_its_owner_has_extended_is_not_told_and_another_end_is_told_anew()
    {
        await lab.AddPolicyAsync(
            "short",
            2 * Day,
            policy => (policy.Filter, policy.WarnBefore) = ("labels.sort = \"any\"", Duration.FromTimeSpan(Day))
        );
        await lab.CreateAsync("kept", request => request.Branch.Labels["sort"] = "any");
        await lab.PassAsync(Day);
        await lab.RunAsync();
        var extended = new Branch
        {
            Name = RetentionLab.NameOf("kept"),
            ExpireTime = (lab.Now + (3 * Day)).ToTimestamp(),
        };
        await lab.Branches.UpdateBranchAsync(new() { Branch = extended }, lab.Admin);
        await AddRuleAsync("ending");
        await LookAsync();
        Assert.Empty(hooks.Calls);

        // By a policy that keeps it longer it ends later, and that is another warning.
        await lab.AddPolicyAsync(
            "longer",
            6 * Day,
            policy => (policy.Filter, policy.WarnBefore) = ("labels.sort = \"any\"", Duration.FromTimeSpan(Day))
        );
        await lab.PassAsync(4 * Day);
        await lab.RunAsync();
        await LookAsync();
        Assert.Contains("1 branch is deleted soon", Assert.Single(hooks.Calls)["summary"]);
    }

    [Fact]
    public async Task A_rule_that_is_made_later_tells_of_what_stands_and_one_that_is_disabled_of_nothing()
    {
        await lab.CreateAsync("exp", ExperimentState.Completed);
        await lab.PassAsync(6 * Day);
        await lab.RunAsync();
        await AddRuleAsync("silent", rule => rule.Disabled = true);
        await LookAsync();
        Assert.Empty(hooks.Calls);

        await AddRuleAsync("late");
        await LookAsync();
        Assert.EndsWith("/late", Assert.Single(hooks.Calls)["rule"]);
    }

    [Fact]
    public async Task A_rule_waits_for_as_many_and_as_long_as_it_says()
    {
        await AddRuleAsync("many", rule => rule.Threshold = 1);
        await AddRuleAsync("slow", rule => rule.Hold = Duration.FromTimeSpan(TimeSpan.FromHours(3)));
        await lab.CreateAsync("one", ExperimentState.Completed);
        await lab.PassAsync(6 * Day);
        await lab.RunAsync();
        await LookAsync();
        Assert.Empty(hooks.Calls);

        await lab.PassAsync(TimeSpan.FromHours(3));
        await LookAsync();
        Assert.EndsWith("/slow", Assert.Single(hooks.Calls)["rule"]);
    }

    private Task AddRuleAsync(string id, Action<AlertRule>? more = null)
    {
        var rule = new AlertRule { Metric = AlertMetric.WarnedBranches, Comparison = AlertComparison.Above };
        rule.Channels.Add(
            new AlertChannel
            {
                Webhook = new() { Url = hooks.At($"/{id}"), SigningSecret = "signing" },
            }
        );
        more?.Invoke(rule);
        var request = new CreateAlertRuleRequest
        {
            Parent = RetentionLab.Parent,
            AlertRuleId = id,
            AlertRule = rule,
        };
        return lab.Rules.CreateAlertRuleAsync(request, lab.Admin).ResponseAsync;
    }

    /// <summary>A look a minute later, and what is due then is sent.</summary>
    private async Task LookAsync()
    {
        await lab.PassAsync(TimeSpan.FromMinutes(1));
        await lab.Scheduler.Services.GetRequiredService<AlertPass>().RunAsync(Token);
        await lab.Scheduler.Services.GetRequiredService<DeliveryRound>().RunAsync(Token);
    }
}
