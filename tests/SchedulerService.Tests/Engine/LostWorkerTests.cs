using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Tests.Engine;

/// <summary>Runs that are tried at several times of a day, and whose workers go away.</summary>
public sealed class LostWorkerTests
{
    private const string Gone = "Its worker went away.";
    private const string NotYet = "Not published yet.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(3, "failed, failed, failed, gone, succeeded")]
    // At a time at which as many workers went away as the policy has attempts, the next time is waited for.
    [InlineData(1, "failed, failed, failed, gone, given up, failed, succeeded")]
    [InlineData(2, "failed, gone, gone, given up, gone, succeeded")]
    public async Task A_worker_that_goes_away_costs_none_of_the_times_that_are_left(int maxAttempts, string expected)
    {
        await using var lab = await EngineLab.StartAsync();
        var outcomes = new Queue<string>(expected.Split(", ").Where(outcome => outcome != "given up"));
        lab.Do = (_, _) =>
            outcomes.Dequeue() switch
            {
                "failed" => Task.FromResult(RunOutcome.Failed(NotYet)),
                "gone" => new TaskCompletionSource<RunOutcome>().Task,
                _ => Task.FromResult(EngineLab.Done),
            };
        var times = new AttemptsTrigger { Times = { "10:00", "11:00", "12:00", "13:00", "14:00", "15:00" } };
        await lab.AddAsync("sync", new() { Attempts = times }, new() { MaxAttempts = maxAttempts });
        for (var hour = 10; outcomes.Count > 0; hour++)
        {
            Assert.InRange(hour, 10, 15);
            lab.Time.Set(new(2026, 11, 21, hour, 0, 0, TimeSpan.Zero));
            await WorkAsync(lab, outcomes);
        }

        var run = Assert.Single(await lab.RunsAsync("sync"));
        var shown = string.Join(", ", run.Attempts.Select(Shown));
        Assert.Equal((RunState.Succeeded, expected), (run.State, shown));
    }

    [Fact]
    public async Task Of_a_day_at_whose_last_time_workers_go_away_the_run_has_failed()
    {
        await using var lab = await EngineLab.StartAsync();
        var outcomes = new Queue<string>(["gone", "gone"]);
        lab.Do = (_, _) =>
        {
            outcomes.Dequeue();
            return new TaskCompletionSource<RunOutcome>().Task;
        };
        var times = new AttemptsTrigger { Times = { "10:00" } };
        await lab.AddAsync("sync", new() { Attempts = times }, new() { MaxAttempts = 2 });
        lab.Time.Set(new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero));
        await WorkAsync(lab, outcomes);

        var run = Assert.Single(await lab.RunsAsync("sync"));
        Assert.Equal((RunState.Failed, 3), (run.State, run.Attempts.Count));
        Assert.StartsWith("Its worker went away in 2 of 2 attempts", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_whose_end_the_database_does_not_take_at_once_ends_as_it_ended()
    {
        await using var lab = await EngineLab.StartAsync();
        var works = 0;
        lab.Do = (_, _) =>
        {
            works++;
            return Task.FromResult(EngineLab.Done);
        };
        // What a database says that is being started; no rollback takes a sequence's number back.
        await lab.ExecuteAsync(
            """
            CREATE SEQUENCE scheduling.refusals;
            CREATE FUNCTION scheduling.refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                IF nextval('scheduling.refusals') <= 2 THEN
                    RAISE 'starting up' USING ERRCODE = '57P03';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER refuse BEFORE UPDATE ON scheduling.job_run FOR EACH ROW
                WHEN (OLD.state = 'running' AND NEW.state <> 'running') EXECUTE FUNCTION scheduling.refuse();
            """
        );
        await lab.AddAsync("nightly", null);
        await lab.RunNowAsync("nightly");
        await lab.SettleAsync();

        var run = Assert.Single(await lab.RunsAsync("nightly"));
        Assert.Equal((RunState.Succeeded, 1, 1), (run.State, run.Attempt, works));
        Assert.Equal(1, (await lab.JobAsync("nightly")).Tally.Succeeded);
    }

    /// <summary>All attempts of an hour; workers that hang are left behind with their engines.</summary>
    private static async Task WorkAsync(EngineLab lab, Queue<string> outcomes)
    {
        while (true)
        {
            var engine = lab.AddEngine();
            var (before, hangs) = (outcomes.Count, outcomes.TryPeek(out var next) && next == "gone");
            if (!await engine.StepAsync(Token))
                return;
            while (await engine.StepAsync(Token)) { }
            if (hangs)
            {
                await SchedulerFixture.UntilAsync(async () =>
                    outcomes.Count < before || (await lab.RunsAsync("sync"))[^1].State is not RunState.Running
                );
            }
            else
            {
                await engine.WhenIdleAsync();
            }

            lab.Time.Advance(lab.Options.Lease + TimeSpan.FromSeconds(1));
        }
    }

    private static string Shown(RunAttemptRecord attempt) =>
        attempt.Error switch
        {
            null => "succeeded",
            NotYet => "failed",
            Gone => "gone",
            _ => "given up",
        };
}
