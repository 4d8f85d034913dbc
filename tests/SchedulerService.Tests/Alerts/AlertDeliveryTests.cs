using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dendrite.Fixtures.Redis;
using Dendrite.SchedulerService.Alerts;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary>Who is told, how often, and when: against real receivers.</summary>
public sealed class AlertDeliveryTests
{
    private static readonly int[] Failures = [500, 503, 429, 408];

    [Fact]
    public async Task A_webhook_gets_a_signed_document_once_when_it_begins_and_once_when_it_is_over()
    {
        await using var lab = await StartAsync();
        await lab.AddRuleAsync("queue", lab.Webhook());
        await lab.QueueAsync(2);
        await lab.LookAsync();
        await lab.SendAsync();
        await lab.SendAsync();
        await lab.QueueAsync(0);
        await lab.LookAsync();
        await lab.SendAsync();
        await lab.SendAsync();

        var calls = lab.Hooks.Accepted;
        Assert.Equal(["firing", "resolved"], calls.Select(call => call["state"]));
        Assert.Equal(AlertLab.RuleOf("queue"), calls[0]["rule"]);
        Assert.Equal(("2", "1", "QUEUED_RUNS"), (calls[0]["value"], calls[0]["threshold"], calls[0]["metric"]));
        Assert.Equal(calls[0]["alert_id"], calls[1]["alert_id"]);
        Assert.NotEqual(calls[0]["delivery_id"], calls[1]["delivery_id"]);
        foreach (var call in calls)
        {
            var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(AlertLab.Secret), call.Body);
            Assert.Equal($"sha256={Convert.ToHexStringLower(mac)}", call.Headers["X-Dendrite-Signature"]);
            Assert.Equal(call["delivery_id"], call.Headers["X-Dendrite-Delivery"]);
        }

        Assert.Equal(lab.Now, DateTimeOffset.Parse(calls[1]["sent_time"], CultureInfo.InvariantCulture));
        Assert.Equal(2, Assert.Single(await lab.AlertsAsync()).DeliveredCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_receiver_that_fails_now_and_then_gets_every_message_once(int seed)
    {
        await using var lab = await StartAsync();
        await lab.AddReplicaAsync();
        var random = new Random(seed);
        lab.Hooks.Answer = _ =>
        {
            lock (random)
                return random.Next(3) == 0 ? 200 : Failures[random.Next(Failures.Length)];
        };
        string[] paths = ["/a", "/b", "/c", "/d"];
        foreach (var path in paths)
        {
            await lab.AddRuleAsync($"rule-{path[1..]}", lab.Webhook(path));
        }

        await lab.QueueAsync(2);
        await lab.LookAsync();
        await SendAllAsync(lab);
        await lab.QueueAsync(0);
        await lab.LookAsync();
        await SendAllAsync(lab);

        foreach (var path in paths)
        {
            var states = lab.Hooks.Accepted.Where(call => call.Path == path).Select(call => call["state"]).ToList();
            // What was given up at the last attempt is told of no more: neither that it is over.
            Assert.True(states is ["firing", "resolved"] or ["firing"] or [], string.Join(' ', states));
        }

        // The same message keeps its id over its attempts.
        var ids = lab.Hooks.Calls.GroupBy(call => (call.Path, call["state"]));
        Assert.All(ids, group => Assert.Single(group.Select(call => call["delivery_id"]).Distinct()));
        Assert.DoesNotContain(
            await lab.DeliveriesAsync(),
            delivery => delivery.Contains("queued", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_call_that_is_wrong_is_not_tried_again_and_nobody_hears_the_end_of_what_they_never_heard()
    {
        await using var lab = await StartAsync();
        lab.Hooks.Answer = _ => 404;
        await lab.AddRuleAsync("queue", lab.Webhook());
        await lab.QueueAsync(2);
        await lab.LookAsync();
        await SendAllAsync(lab);
        await lab.QueueAsync(0);
        await lab.LookAsync();
        await SendAllAsync(lab);

        Assert.Single(lab.Hooks.Calls);
        Assert.Equal([$"firing failed {lab.Hooks.At("/hook")} answered 404"], await lab.DeliveriesAsync());
        Assert.Equal(1, Assert.Single(await lab.AlertsAsync()).FailedDeliveryCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_receiver_is_left_alone_for_as_long_as_it_asks_in_seconds_or_by_a_date(bool isDate)
    {
        await using var lab = await StartAsync();
        lab.Hooks.Answer = _ => 503;
        await lab.AddRuleAsync("queue", lab.Webhook());
        await lab.QueueAsync(2);
        await lab.LookAsync();
        lab.Hooks.RetryAfter = isDate ? (lab.Now + TimeSpan.FromMinutes(2)).ToString("R") : "120";
        await lab.SendAsync();
        lab.Pass(TimeSpan.FromSeconds(119));
        Assert.Equal(0, await lab.SendAsync());
        lab.Pass(TimeSpan.FromSeconds(1));
        await lab.SendAsync();

        Assert.Equal(2, lab.Hooks.Calls.Count);
    }

    [Fact]
    public async Task A_message_that_cannot_be_taken_breaks_off_no_other_that_is_being_sent()
    {
        await using var lab = await StartAsync();
        await lab.AddRuleAsync("bad", lab.Webhook("/bad"));
        await lab.AddRuleAsync("slow", lab.Webhook("/slow"));
        await lab.QueueAsync(2);
        await lab.LookAsync();
        await using (
            var command = lab.Database.Owner.CreateCommand(
                """
                CREATE FUNCTION scheduling.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM pg_sleep(0.5);
                    RAISE 'not this one';
                END $$;
                CREATE TRIGGER refuse BEFORE UPDATE ON scheduling.alert_delivery FOR EACH ROW
                    WHEN (OLD.channel::text LIKE '%/bad%') EXECUTE FUNCTION scheduling.refuse();
                """
            )
        )
        {
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        lab.ExpectErrors(5413);
        using var never = new ManualResetEventSlim();
        lab.Hooks.Answer = _ =>
        {
            // Until the other has failed.
            never.Wait(TimeSpan.FromSeconds(2));
            return 200;
        };
        await lab.SendAsync();

        Assert.Equal("/slow", Assert.Single(lab.Hooks.Calls).Path);
        Assert.Equal(["firing queued", "firing sent"], (await lab.DeliveriesAsync()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_redirect_to_a_private_address_is_not_followed()
    {
        await using var lab = await StartAsync();
        lab.Hooks.Answer = _ => 302;
        await lab.AddRuleAsync("queue", lab.Webhook());
        await lab.QueueAsync(2);
        await lab.LookAsync();
        await lab.SendAsync();

        Assert.EndsWith("answered 302", Assert.Single(await lab.DeliveriesAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task That_it_is_over_is_told_after_that_it_began()
    {
        await using var lab = await StartAsync();
        lab.Hooks.Answer = _ => 500;
        await lab.AddRuleAsync("queue", lab.Webhook());
        await lab.QueueAsync(2);
        await lab.LookAsync();
        await lab.SendAsync();
        await lab.QueueAsync(0);
        await lab.LookAsync();
        lab.Hooks.Answer = _ => 200;
        await SendAllAsync(lab);

        Assert.Equal(["firing", "resolved"], lab.Hooks.Accepted.Select(call => call["state"]));
    }

    [Fact]
    public async Task Replicas_that_send_at_once_send_each_message_once()
    {
        await using var lab = await StartAsync();
        await lab.AddReplicaAsync();
        await lab.AddReplicaAsync();
        for (var i = 0; i < 5; i++)
        {
            await lab.AddRuleAsync($"rule-{i}", lab.Webhook($"/{i}"), lab.Webhook($"/too/{i}"));
        }

        await lab.QueueAsync(2);
        await lab.LookAsync();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(lab.SendAsync));

        Assert.Equal(10, lab.Hooks.Calls.Count);
        Assert.Equal(10, lab.Hooks.Calls.Select(call => call.Path).Distinct().Count());
    }

    [Fact]
    public async Task What_a_dead_replica_took_another_sends_when_its_lease_has_passed()
    {
        await using var lab = await StartAsync();
        await lab.AddRuleAsync("queue", lab.Webhook());
        await lab.QueueAsync(2);
        await lab.LookAsync();
        var store = lab.Service<Storage.Alerts.AlertDeliveryStore>();
        var ready = Assert.Single(await store.ListReadyAsync(lab.Now, 10, SchedulerFixture.Token));
        var lease = TimeSpan.FromSeconds(90);
        var taken = await store.TakeAsync(ready, lab.Now, lease, SchedulerFixture.Token);
        Assert.NotNull(taken);

        Assert.Equal(0, await lab.SendAsync());
        lab.Pass(lease);
        Assert.Equal(1, await lab.SendAsync());
        Assert.Single(lab.Hooks.Accepted);
        // The one that was taken over writes nothing more.
        Assert.False(await store.RetryAsync(taken, lab.Now, "late", SchedulerFixture.Token));
    }

    [Theory]
    [InlineData(2, "")]
    [InlineData(365 * 24, "22:00-07:00")]
    public async Task A_message_that_a_clock_that_was_ahead_put_off_is_sent_once_that_is_put_right(
        int hours,
        string quiet
    )
    {
        await using var lab = await StartAsync();
        var rule = await lab.AddRuleAsync("queue", lab.Webhook());
        await lab.ChangeAsync(rule, changed => changed.QuietHours = quiet, "quiet_hours");
        await lab.QueueAsync(2);
        var ahead = TimeSpan.FromHours(hours);
        lab.Pass(ahead);
        await lab.LookAsync();
        lab.Pass(-ahead);
        Assert.Equal(0, await lab.SendAsync());

        lab.Pass(TimeSpan.FromMinutes(1));
        await lab.LookAsync();
        Assert.Equal(1, await lab.SendAsync());
        Assert.Equal("firing", Assert.Single(lab.Hooks.Accepted)["state"]);
    }

    [Fact]
    public async Task In_quiet_hours_messages_are_kept_back_to_their_end_and_dropped_when_it_is_over_by_then()
    {
        await using var lab = await StartAsync();
        var lasting = await lab.AddRuleAsync("lasting", lab.Webhook("/lasting"));
        var passing = await lab.AddRuleAsync("passing", lab.Webhook("/passing"));
        // It is a little past noon.
        foreach (var rule in new[] { lasting, passing })
        {
            await lab.ChangeAsync(rule, changed => changed.QuietHours = "12:00-14:00", "quiet_hours");
        }

        passing.Etag = "";
        await lab.ChangeAsync(passing, changed => changed.Threshold = 2, "threshold");
        await lab.QueueAsync(3);
        await lab.LookAsync();
        Assert.Equal(0, await lab.SendAsync());
        await lab.QueueAsync(2);
        await lab.LookAsync();
        Assert.Equal(0, await lab.SendAsync());

        lab.Pass(new DateTimeOffset(2047, 3, 1, 14, 0, 0, TimeSpan.Zero) - lab.Now);
        await SendAllAsync(lab);

        Assert.Equal(("/lasting", "firing"), (Assert.Single(lab.Hooks.Calls).Path, lab.Hooks.Accepted[0]["state"]));
        Assert.Contains("firing dropped it was over before this was sent", await lab.DeliveriesAsync());
        Assert.Equal(2, (await lab.AlertsAsync()).Count);
    }

    [Fact]
    public async Task A_chat_gets_a_text_in_which_nothing_calls_everyone()
    {
        await using var lab = await StartAsync();
        var rule = AlertLab.NewRule("queue", new AlertChannel { ChatSecret = "chat" });
        rule.AlertRule.DisplayName = "<!channel> @all & <https://evil.example|click>";
        await lab.Rules.CreateAlertRuleAsync(rule, lab.Admin);
        await lab.QueueAsync(2);
        await lab.LookAsync();
        await lab.SendAsync();

        var text = Assert.Single(lab.Hooks.Accepted)["text"];
        Assert.StartsWith("[firing] &lt;!channel&gt; @\u200Ball &amp; &lt;https", text, StringComparison.Ordinal);
        Assert.Contains("number of runs that wait", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trial_answers_for_each_channel_and_a_repeated_request_sends_nothing_more()
    {
        await using var lab = await StartAsync();
        lab.Hooks.Answer = call => call.Path == "/hook" ? 200 : 503;
        await lab.AddRuleAsync(
            "queue",
            lab.Webhook(),
            new AlertChannel { Email = "oncall@lab.example" },
            new AlertChannel { ChatSecret = "chat" }
        );
        var request = new TestAlertRuleRequest
        {
            Name = AlertLab.RuleOf("queue"),
            RequestId = Guid.CreateVersion7(lab.Now).ToString(),
        };
        var response = await lab.Rules.TestAlertRuleAsync(request, lab.Admin);
        Assert.Equal([0, 0, 14], response.Deliveries.Select(status => status.Code));
        Assert.Equal("chat by secret chat answered 503", response.Deliveries[2].Message);
        Assert.Equal("test", lab.Hooks.Accepted[0]["state"]);
        Assert.Single(lab.Mail.Messages);

        Assert.Equal(response, await lab.Rules.TestAlertRuleAsync(request, lab.Admin));
        Assert.Equal(2, lab.Hooks.Calls.Count);
        Assert.Empty(await lab.AlertsAsync());
    }

    [Fact]
    public async Task Equal_trials_at_once_are_answered_alike()
    {
        await using var lab = await StartAsync();
        await lab.AddRuleAsync("queue", lab.Webhook());
        var request = new TestAlertRuleRequest
        {
            Name = AlertLab.RuleOf("queue"),
            RequestId = Guid.CreateVersion7(lab.Now).ToString(),
        };

        var calls = Enumerable.Range(0, 8).Select(async _ => await lab.Rules.TestAlertRuleAsync(request, lab.Admin));

        Assert.Single((await Task.WhenAll(calls)).Distinct());
    }

    [Fact]
    public async Task A_channel_that_cannot_be_reached_is_told_in_words_and_not_in_names_of_code()
    {
        await using var lab = await StartAsync();
        var closed = lab.Webhook();
        closed.Webhook.Url = $"http://127.0.0.1:{RedisServer.FreePort()}/hook";
        await lab.AddRuleAsync("queue", closed);

        var request = new TestAlertRuleRequest { Name = AlertLab.RuleOf("queue") };
        var status = Assert.Single((await lab.Rules.TestAlertRuleAsync(request, lab.Admin)).Deliveries);

        Assert.Contains("could not be reached: nothing answers there;", status.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Error", status.Message, StringComparison.Ordinal);
    }

    /// <summary>Sends until nothing waits any more, passing the time between attempts.</summary>
    private static async Task SendAllAsync(AlertLab lab)
    {
        var attempts = new AlertOptions().MaxAttempts;
        for (var i = 0; i < attempts * 2; i++)
        {
            await lab.SendAsync(i % lab.ReplicaCount);
            lab.Pass(TimeSpan.FromHours(1));
        }
    }

    private static async Task<AlertLab> StartAsync()
    {
        var lab = new AlertLab();
        await lab.InitializeAsync();
        return lab;
    }
}
