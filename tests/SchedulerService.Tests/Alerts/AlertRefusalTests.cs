using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary>Bad arguments to each call about alerts: the status, the field at fault, and nothing stored.</summary>
public sealed class AlertRefusalTests(AlertLab lab) : IClassFixture<AlertLab>
{
    private const string Injected = "projects/lab/alertRules/x'; DROP TABLE scheduling.alert_rule; --";
    private const string Other = "projects/other/alertRules/queue";
    private const string Url = "alert_rule.channels[0].webhook.url";
    private const AlertMetric Warned = AlertMetric.WarnedBranches;
    private const string Email = "alert_rule.channels[0].email";

    public static TheoryData<Refusal, Action<CreateAlertRuleRequest>> Creates =>
        new()
        {
            { Invalid("parent"), create => create.Parent = "" },
            { Invalid("parent"), create => create.Parent = "projects/lab/branches/main" },
            { Of(StatusCode.PermissionDenied), create => create.Parent = "projects/other" },
            { Invalid("alert_rule_id"), create => create.AlertRuleId = "" },
            { Invalid("alert_rule_id"), create => create.AlertRuleId = "x'; --" },
            { Invalid("alert_rule_id"), create => create.AlertRuleId = new string('x', 100_000) },
            { Of(StatusCode.AlreadyExists), create => create.AlertRuleId = "there" },
            { Invalid("alert_rule"), create => create.AlertRule = null },
            { Invalid("alert_rule.display_name"), create => create.AlertRule.DisplayName = "bell \a" },
            { Invalid("alert_rule.display_name"), create => create.AlertRule.DisplayName = new string('x', 201) },
            { Invalid("alert_rule.metric"), create => create.AlertRule.Metric = AlertMetric.Unspecified },
            { Invalid("alert_rule.metric"), create => create.AlertRule.Metric = (AlertMetric)99 },
            // Nobody said how large the disk is.
            {
                Invalid("alert_rule.metric"),
                create => (create.AlertRule.Metric, create.AlertRule.Threshold) = (AlertMetric.DiskUsedRatio, 0.9)
            },
            { Invalid("alert_rule.comparison"), create => create.AlertRule.Comparison = AlertComparison.Unspecified },
            { Invalid("alert_rule.comparison"), create => create.AlertRule.Comparison = (AlertComparison)3 },
            { Invalid("alert_rule.threshold"), create => create.AlertRule.Threshold = double.NaN },
            { Invalid("alert_rule.threshold"), create => create.AlertRule.Threshold = double.PositiveInfinity },
            { Invalid("alert_rule.threshold"), create => create.AlertRule.Threshold = -1 },
            { Invalid("alert_rule.threshold"), create => create.AlertRule.Metric = AlertMetric.SuccessRatio },
            {
                Invalid("alert_rule.threshold"),
                create => (create.AlertRule.Comparison, create.AlertRule.Threshold) = (AlertComparison.Below, 0)
            },
            { Invalid("alert_rule.hold"), create => create.AlertRule.Hold = new() { Seconds = -1 } },
            { Invalid("alert_rule.hold"), create => create.AlertRule.Hold = new() { Seconds = long.MaxValue } },
            { Invalid("alert_rule.hold"), create => create.AlertRule.Hold = new() { Seconds = 1, Nanos = -1 } },
            {
                Invalid("alert_rule.recovery_hold"),
                create => create.AlertRule.RecoveryHold = new() { Seconds = 1L << 40 }
            },
            { Invalid("alert_rule.quiet_hours"), create => create.AlertRule.QuietHours = "night" },
            { Invalid("alert_rule.quiet_hours"), create => create.AlertRule.QuietHours = "22:00-25:00" },
            { Invalid("alert_rule.quiet_hours"), create => create.AlertRule.QuietHours = new string('2', 1_000_000) },
            { Invalid("alert_rule.time_zone"), create => create.AlertRule.TimeZone = "Mars/Olympus" },
            { Invalid("alert_rule.time_zone"), create => create.AlertRule.TimeZone = "../../etc/passwd" },
            { Invalid("alert_rule.job"), create => create.AlertRule.Job = "retention" },
            { Invalid("alert_rule.job"), create => create.AlertRule.Job = "projects/other/jobs/retention" },
            { Of(StatusCode.NotFound), create => create.AlertRule.Job = "projects/lab/jobs/none" },
            {
                Invalid("alert_rule.job"),
                create =>
                    (create.AlertRule.Metric, create.AlertRule.Threshold, create.AlertRule.Job) = (
                        AlertMetric.BloatRatio,
                        0.5,
                        "projects/lab/jobs/retention"
                    )
            },
            // Of warnings each is told once: there is no job, no level and no end.
            {
                Invalid("alert_rule.job"),
                create => (create.AlertRule.Metric, create.AlertRule.Job) = (Warned, "projects/lab/jobs/retention")
            },
            {
                Invalid("alert_rule.comparison"),
                create => (create.AlertRule.Metric, create.AlertRule.Comparison) = (Warned, AlertComparison.Below)
            },
            {
                Invalid("alert_rule.recovery_hold"),
                create => (create.AlertRule.Metric, create.AlertRule.RecoveryHold) = (Warned, new() { Seconds = 60 })
            },
            { Invalid("request_id"), create => create.RequestId = "1" },
        };

    public static TheoryData<Refusal, Action<AlertChannel>> Channels =>
        new()
        {
            { Invalid("alert_rule.channels[0]"), channel => channel.ClearChannel() },
            { Invalid(Url), channel => channel.Webhook.Url = "" },
            { Invalid(Url), channel => channel.Webhook.Url = "hooks.example.org" },
            { Invalid(Url), channel => channel.Webhook.Url = "ftp://hooks.example.org/" },
            { Invalid(Url), channel => channel.Webhook.Url = "file:///etc/passwd" },
            { Invalid(Url), channel => channel.Webhook.Url = "javascript:alert(1)" },
            { Invalid(Url), channel => channel.Webhook.Url = "http://hooks.example.org/" },
            { Invalid(Url), channel => channel.Webhook.Url = "https://user:pass@hooks.example.org/" },
            { Invalid(Url), channel => channel.Webhook.Url = "https://hooks.example.org/#part" },
            { Invalid(Url), channel => channel.Webhook.Url = "https://hooks.example.org/a b" },
            { Invalid(Url), channel => channel.Webhook.Url = "https://hooks.example.org/\r\nX-Evil: 1" },
            { Invalid(Url), channel => channel.Webhook.Url = "https://hooks.example.org/" + new string('x', 100_000) },
            // Private, in the ways it can be written.
            { Invalid(Url), channel => channel.Webhook.Url = "https://10.0.0.1/" },
            { Invalid(Url), channel => channel.Webhook.Url = "https://169.254.169.254/latest" },
            { Invalid(Url), channel => channel.Webhook.Url = "https://[::1]/" },
            { Invalid(Url), channel => channel.Webhook.Url = "https://[::ffff:10.0.0.1]/" },
            { Invalid(Url), channel => channel.Webhook.Url = "https://0xa9fea9fe/" },
            { Invalid(Url), channel => channel.Webhook.Url = "http://192.168.1.1/" },
            { Invalid("alert_rule.channels[0].webhook.signing_secret"), channel => channel.Webhook.SigningSecret = "" },
            {
                Invalid("alert_rule.channels[0].webhook.signing_secret"),
                channel => channel.Webhook.SigningSecret = "none"
            },
            // Of another project, and out of the folder.
            {
                Invalid("alert_rule.channels[0].webhook.signing_secret"),
                channel => channel.Webhook.SigningSecret = "theirs"
            },
            {
                Invalid("alert_rule.channels[0].webhook.signing_secret"),
                channel => channel.Webhook.SigningSecret = "other:theirs"
            },
            {
                Invalid("alert_rule.channels[0].webhook.signing_secret"),
                channel => channel.Webhook.SigningSecret = "../other/theirs"
            },
            { Invalid("alert_rule.channels[0].chat_secret"), channel => channel.ChatSecret = "none" },
            { Invalid("alert_rule.channels[0].chat_secret"), channel => channel.ChatSecret = "no-address" },
            { Invalid(Email), channel => channel.Email = "oncall" },
            { Invalid(Email), channel => channel.Email = "@lab.example" },
            { Invalid(Email), channel => channel.Email = "a@b@c" },
            { Invalid(Email), channel => channel.Email = "a@lab..example" },
            { Invalid(Email), channel => channel.Email = "a b@lab.example" },
            { Invalid(Email), channel => channel.Email = "a@lab.example\r\nBcc: all@lab.example" },
            { Invalid(Email), channel => channel.Email = "a@lab.example\nRCPT TO:<b@lab.example>" },
            { Invalid(Email), channel => channel.Email = "a@lab.example>, <b@lab.example" },
            { Invalid(Email), channel => channel.Email = "\"a\"@lab.example" },
            { Invalid(Email), channel => channel.Email = "ä@lab.example" },
            { Invalid(Email), channel => channel.Email = new string('a', 1_000_000) + "@lab.example" },
        };

    public static TheoryData<Refusal, Action<UpdateAlertRuleRequest>> Updates =>
        new()
        {
            { Invalid("alert_rule"), update => update.AlertRule = null },
            { Invalid("alert_rule.name"), update => update.AlertRule.Name = "" },
            { Invalid("alert_rule.name"), update => update.AlertRule.Name = Injected },
            { Of(StatusCode.PermissionDenied), update => update.AlertRule.Name = Other },
            { Of(StatusCode.NotFound), update => update.AlertRule.Name = AlertLab.RuleOf("none") },
            { Of(StatusCode.Aborted), update => (update.AlertRule.Etag, update.AlertRule.Disabled) = ("\"99\"", true) },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "name" } } },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "metric; DROP" } } },
            { Invalid("alert_rule.metric"), update => update.UpdateMask = new() { Paths = { "metric" } } },
            { Invalid("alert_rule.channels"), update => update.UpdateMask = new() { Paths = { "channels" } } },
            // 1 is no threshold of a ratio that it is to be above.
            { Invalid("alert_rule.threshold"), update => update.AlertRule.Metric = AlertMetric.SuccessRatio },
            { Invalid("alert_rule.threshold"), update => update.AlertRule.Threshold = double.NaN },
            { Invalid("alert_rule.quiet_hours"), update => update.AlertRule.QuietHours = "9-5" },
            { Invalid("request_id"), update => update.RequestId = "x" },
        };

    [Theory]
    [MemberData(nameof(Creates))]
    [BadInputOf("CreateAlertRule")]
    public async Task A_rule_that_cannot_be_is_not_made(Refusal expected, Action<CreateAlertRuleRequest> spoil)
    {
        await EnsureThereAsync();
        var request = AlertLab.NewRule("spoiled", lab.Webhook());
        spoil(request);
        await AssertAsync(expected, () => lab.Rules.CreateAlertRuleAsync(request, lab.Admin));
    }

    [Theory]
    [MemberData(nameof(Channels))]
    public async Task A_channel_that_cannot_be_or_must_not_be_is_refused(Refusal expected, Action<AlertChannel> spoil)
    {
        var channel = lab.Webhook();
        spoil(channel);
        var request = AlertLab.NewRule("spoiled", channel);
        await AssertAsync(expected, () => lab.Rules.CreateAlertRuleAsync(request, lab.Admin));
    }

    [Theory]
    [InlineData(0, "alert_rule.channels")]
    [InlineData(2, "alert_rule.channels[1]")]
    [InlineData(11, "alert_rule.channels")]
    [InlineData(10_000, "alert_rule.channels")]
    public async Task A_rule_has_a_few_channels_each_once(int count, string field)
    {
        var request = AlertLab.NewRule("spoiled", [.. Enumerable.Repeat(lab.Webhook(), count)]);
        await AssertAsync(Invalid(field), () => lab.Rules.CreateAlertRuleAsync(request, lab.Admin));
    }

    [Theory]
    [MemberData(nameof(Updates))]
    [BadInputOf("UpdateAlertRule")]
    public async Task A_change_that_cannot_be_is_not_done(Refusal expected, Action<UpdateAlertRuleRequest> spoil)
    {
        await EnsureThereAsync();
        var request = new UpdateAlertRuleRequest { AlertRule = new() { Name = AlertLab.RuleOf("there") } };
        spoil(request);
        await AssertAsync(expected, () => lab.Rules.UpdateAlertRuleAsync(request, lab.Admin));
    }

    [Theory]
    [InlineData("", StatusCode.InvalidArgument, "name")]
    [InlineData(Injected, StatusCode.InvalidArgument, "name")]
    [InlineData(Other, StatusCode.PermissionDenied, "")]
    [InlineData("projects/lab/alertRules/none", StatusCode.NotFound, "")]
    [BadInputOf("GetAlertRule", "DeleteAlertRule", "TestAlertRule")]
    public async Task A_rule_that_is_not_there_is_not_found(string name, StatusCode status, string field)
    {
        var expected = new Refusal(status, field, null);
        await AssertAsync(expected, () => lab.Rules.GetAlertRuleAsync(new() { Name = name }, lab.Admin));
        await AssertAsync(expected, () => lab.Rules.DeleteAlertRuleAsync(new() { Name = name }, lab.Admin));
        await AssertAsync(expected, () => lab.Rules.TestAlertRuleAsync(new() { Name = name }, lab.Admin));
    }

    [Theory]
    [InlineData("", 0, "", "", "parent")]
    [InlineData("projects/lab/branches/main", 0, "", "", "parent")]
    [InlineData("projects/lab", -1, "", "", "page_size")]
    [InlineData("projects/lab", 0, "AAAA", "", "page_token")]
    [InlineData("projects/lab", 0, "", "value > 1", "filter")]
    [InlineData("projects/lab", 0, "", "start_time > yesterday", "filter")]
    [InlineData("projects/lab", 0, "", "rule = x; DROP TABLE scheduling.alert", "filter")]
    [BadInputOf("ListAlertRules", "ListAlerts")]
    public async Task A_bad_page_is_refused(string parent, int size, string token, string filter, string field)
    {
        var alerts = new ListAlertsRequest
        {
            Parent = parent,
            PageSize = size,
            PageToken = token,
            Filter = filter,
        };
        await AssertAsync(Invalid(field), () => lab.Rules.ListAlertsAsync(alerts, lab.Member));
        if (filter.Length == 0)
        {
            var rules = new ListAlertRulesRequest
            {
                Parent = parent,
                PageSize = size,
                PageToken = token,
            };
            await AssertAsync(Invalid(field), () => lab.Rules.ListAlertRulesAsync(rules, lab.Member));
        }
    }

    [Fact]
    public async Task Whoever_does_not_administrate_the_project_neither_changes_a_rule_nor_sends_by_it()
    {
        await EnsureThereAsync();
        var denied = Of(StatusCode.PermissionDenied);
        var name = AlertLab.RuleOf("there");
        await AssertAsync(
            denied,
            () => lab.Rules.CreateAlertRuleAsync(AlertLab.NewRule("x", lab.Webhook()), lab.Member)
        );
        await AssertAsync(
            denied,
            () => lab.Rules.UpdateAlertRuleAsync(new() { AlertRule = new() { Name = name } }, lab.Member)
        );
        await AssertAsync(denied, () => lab.Rules.DeleteAlertRuleAsync(new() { Name = name }, lab.Member));
        await AssertAsync(denied, () => lab.Rules.TestAlertRuleAsync(new() { Name = name }, lab.Member));
        await AssertAsync(Of(StatusCode.Unauthenticated), () => lab.Rules.GetAlertRuleAsync(new() { Name = name }));
    }

    [Fact]
    public async Task A_rule_is_made_read_changed_and_deleted_and_repeated_requests_do_it_once()
    {
        var create = AlertLab.NewRule("life", lab.Webhook(), new AlertChannel { Email = "o.n-call+1@lab.example" });
        create.AlertRule.RecoveryHold = new Duration { Seconds = 90 };
        create.RequestId = "5e9d9d0e-6a0f-4d6f-9d8f-0d1c6e3f8a01";
        var made = (await lab.Rules.CreateAlertRuleAsync(create, lab.Admin)).AlertRule;
        Assert.Equal(made, (await lab.Rules.CreateAlertRuleAsync(create, lab.Admin)).AlertRule);
        Assert.Equal(create.AlertRule.Channels, made.Channels);
        Assert.Equal((1.0, new Duration(), 90L), (made.Threshold, made.Hold, made.RecoveryHold.Seconds));

        var update = new UpdateAlertRuleRequest
        {
            AlertRule = new()
            {
                Name = made.Name,
                Etag = made.Etag,
                Job = "projects/lab/jobs/retention",
                TimeZone = "Europe/Berlin",
            },
            UpdateMask = new() { Paths = { "job", "time_zone", "recovery_hold" } },
            RequestId = "5e9d9d0e-6a0f-4d6f-9d8f-0d1c6e3f8a02",
        };
        var changed = (await lab.Rules.UpdateAlertRuleAsync(update, lab.Admin)).AlertRule;
        Assert.Equal(changed, (await lab.Rules.UpdateAlertRuleAsync(update, lab.Admin)).AlertRule);
        Assert.Equal(
            ("projects/lab/jobs/retention", "Europe/Berlin", null),
            (changed.Job, changed.TimeZone, changed.RecoveryHold)
        );
        Assert.NotEqual(made.Etag, changed.Etag);
        Assert.Equal(changed, (await lab.Rules.GetAlertRuleAsync(new() { Name = made.Name }, lab.Member)).AlertRule);
        Assert.Contains(
            changed,
            (await lab.Rules.ListAlertRulesAsync(new() { Parent = AlertLab.Parent }, lab.Member)).AlertRules
        );

        await lab.Rules.DeleteAlertRuleAsync(new() { Name = made.Name, Etag = changed.Etag }, lab.Admin);
        await lab.Rules.DeleteAlertRuleAsync(new() { Name = made.Name, AllowMissing = true }, lab.Admin);
    }

    private async Task EnsureThereAsync()
    {
        var there = await lab.Rules.ListAlertRulesAsync(new() { Parent = AlertLab.Parent }, lab.Member);
        if (there.AlertRules.All(rule => rule.Name != AlertLab.RuleOf("there")))
        {
            await lab.AddRuleAsync("there", lab.Webhook());
        }
    }

    private async Task AssertAsync<T>(Refusal expected, Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(expected, await Refusal.OfAsync(async () => await call(), CountAsync));

    private async Task<string> CountAsync()
    {
        await using var command = lab.Database.Owner.CreateCommand(
            """
            SELECT concat_ws(' ', (SELECT concat(count(*), '/', sum(revision)) FROM scheduling.alert_rule),
                (SELECT count(*) FROM branching.request), (SELECT count(*) FROM branching.audit_entry))
            """
        );
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
