using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary>Rules over the real tables: when they alert, what is stored, and by which replica.</summary>
public sealed class AlertPassTests
{
    [Fact]
    public async Task A_rule_alerts_when_its_figure_held_long_enough_and_the_alert_ends_when_it_is_well_long_enough()
    {
        await using var lab = await StartAsync();
        var rule = AlertLab.NewRule("queue", lab.Webhook());
        rule.AlertRule.Hold = Duration.FromTimeSpan(TimeSpan.FromMinutes(2));
        await lab.Rules.CreateAlertRuleAsync(rule, lab.Admin);
        await lab.QueueAsync(1);
        Assert.Equal(0, await lab.LookAsync());

        await lab.QueueAsync(3);
        var begun = lab.Now + TimeSpan.FromMinutes(1);
        Assert.Equal("0 0 1 0", await LooksAsync(lab));
        var alert = Assert.Single(await lab.AlertsAsync());
        Assert.Equal(AlertLab.RuleOf("queue"), alert.Rule);
        Assert.Equal("number of runs that wait of all jobs is 3, above 1", alert.Summary);
        Assert.Equal((3, begun, null), (alert.Value, alert.StartTime.ToDateTimeOffset(), alert.EndTime));

        await lab.QueueAsync(0);
        Assert.Equal("0 0 1 0", await LooksAsync(lab));
        alert = Assert.Single(await lab.AlertsAsync());
        Assert.Equal(lab.Now - TimeSpan.FromMinutes(1), alert.EndTime.ToDateTimeOffset());
    }

    [Fact]
    public async Task Replicas_that_look_at_once_make_one_alert_and_one_message()
    {
        await using var lab = await StartAsync();
        await lab.AddReplicaAsync();
        await lab.AddReplicaAsync();
        await lab.AddRuleAsync("queue", lab.Webhook());
        await lab.QueueAsync(2);
        lab.Pass(TimeSpan.FromMinutes(1));

        var changes = await Task.WhenAll(
            Enumerable
                .Range(0, 3)
                .Select(i => lab.Service<SchedulerService.Alerts.AlertPass>(i).RunAsync(SchedulerFixture.Token))
        );

        Assert.Equal(1, changes.Sum());
        Assert.Equal(["firing queued"], await lab.DeliveriesAsync());
        // What one replica began another ends.
        await lab.QueueAsync(0);
        Assert.Equal(1, await lab.LookAsync(replica: 2));
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("disabled")]
    [InlineData("changed")]
    public async Task An_alert_whose_rule_is_gone_ends_without_a_word(string how)
    {
        await using var lab = await StartAsync();
        var rule = await lab.AddRuleAsync("queue", lab.Webhook());
        await lab.QueueAsync(2);
        await lab.LookAsync();

        switch (how)
        {
            case "deleted":
                await lab.Rules.DeleteAlertRuleAsync(new() { Name = rule.Name }, lab.Admin);
                break;
            case "disabled":
                await lab.ChangeAsync(rule, changed => changed.Disabled = true, "disabled");
                break;
            default:
                await lab.ChangeAsync(rule, changed => changed.Metric = AlertMetric.StartDelaySeconds, "metric");
                await lab.ChangeAsync(rule, changed => (changed.Threshold, changed.Etag) = (1e9, ""), "threshold");
                break;
        }

        Assert.Equal(1, await lab.LookAsync());
        Assert.NotNull(Assert.Single(await lab.AlertsAsync()).EndTime);
        Assert.StartsWith(
            "firing dropped its rule was",
            Assert.Single(await lab.DeliveriesAsync()),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_rule_that_is_watched_again_begins_anew()
    {
        await using var lab = await StartAsync();
        var rule = await lab.AddRuleAsync("queue", lab.Webhook());
        await lab.QueueAsync(2);
        await lab.LookAsync();
        rule = await lab.ChangeAsync(rule, changed => changed.Disabled = true, "disabled");
        await lab.LookAsync();

        await lab.ChangeAsync(rule, changed => changed.Disabled = false, "disabled");

        Assert.Equal(1, await lab.LookAsync());
        Assert.Equal(2, (await lab.AlertsAsync()).Count);
    }

    [Fact]
    public async Task A_clock_that_was_ahead_and_is_put_right_stops_no_looks_and_no_rule()
    {
        await using var lab = await StartAsync();
        var held = AlertLab.NewRule("held", lab.Webhook());
        held.AlertRule.Hold = Duration.FromTimeSpan(TimeSpan.FromMinutes(2));
        await lab.Rules.CreateAlertRuleAsync(held, lab.Admin);
        await lab.QueueAsync(3);
        lab.Pass(TimeSpan.FromDays(1));
        Assert.Equal(0, await lab.LookAsync());

        lab.Pass(-TimeSpan.FromDays(1));
        var begun = lab.Now + TimeSpan.FromMinutes(1);
        Assert.Equal("0 0 1 0", await LooksAsync(lab));
        Assert.Equal(begun, Assert.Single(await lab.AlertsAsync()).StartTime.ToDateTimeOffset());
    }

    [Fact]
    public async Task Alerts_are_listed_newest_first_in_pages_and_by_a_filter()
    {
        await using var lab = await StartAsync();
        await lab.AddRuleAsync("a", lab.Webhook());
        await lab.AddRuleAsync("b", lab.Webhook());
        await lab.QueueAsync(2);
        await lab.LookAsync();
        await lab.QueueAsync(0);
        await lab.LookAsync();
        await lab.QueueAsync(2);
        await lab.LookAsync();

        var page = await lab.Rules.ListAlertsAsync(new() { Parent = AlertLab.Parent, PageSize = 3 }, lab.Member);
        var rest = await lab.Rules.ListAlertsAsync(
            new()
            {
                Parent = AlertLab.Parent,
                PageSize = 3,
                PageToken = page.NextPageToken,
            },
            lab.Member
        );
        Assert.Equal((3, 1, ""), (page.Alerts.Count, rest.Alerts.Count, rest.NextPageToken));
        var times = page.Alerts.Concat(rest.Alerts).Select(alert => alert.StartTime).ToList();
        Assert.Equal(times.OrderDescending(), times);
        Assert.Equal(2, (await lab.AlertsAsync("rule = b")).Count);
        Assert.Equal(2, (await lab.AlertsAsync("end_time:*")).Count);
        Assert.Single(await lab.AlertsAsync($"NOT end_time:* AND rule = \"{AlertLab.RuleOf("a")}\""));
        Assert.Empty(await lab.AlertsAsync("start_time < 2040-01-01T00:00:00Z"));
    }

    [Fact]
    public async Task Another_project_sees_none_of_it()
    {
        await using var lab = await StartAsync();
        await lab.AddRuleAsync("queue", lab.Webhook());
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Rules.ListAlertsAsync(new() { Parent = "projects/other" }, lab.Admin)
        );
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    private static async Task<string> LooksAsync(AlertLab lab)
    {
        var changes = new int[4];
        for (var i = 0; i < changes.Length; i++)
        {
            changes[i] = await lab.LookAsync();
        }

        return string.Join(" ", changes);
    }

    private static async Task<AlertLab> StartAsync()
    {
        var lab = new AlertLab();
        await lab.InitializeAsync();
        return lab;
    }
}
