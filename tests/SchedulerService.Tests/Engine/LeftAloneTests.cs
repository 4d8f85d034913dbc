using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Tests.Engine;

/// <summary>Projects that an engine leaves alone for a while.</summary>
public sealed class LeftAloneTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_project_whose_runs_cannot_be_begun_does_not_hold_up_those_of_others_however_many_it_has()
    {
        await using var lab = await EngineLab.StartAsync();
        lab.Options.MaxConcurrentRuns = 2;
        for (var i = 0; i < 3; i++)
        {
            await lab.AddAsync($"stuck-{i}", null);
            await lab.RunNowAsync($"stuck-{i}");
        }

        await lab.ExecuteAsync(
            $"""
            CREATE FUNCTION scheduling.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
            CREATE TRIGGER refuse BEFORE UPDATE ON scheduling.job_run FOR EACH ROW
                WHEN (NEW.state = 'running' AND NEW.project_id = {lab.Project.Value})
                EXECUTE FUNCTION scheduling.refuse();
            """
        );
        await lab.MoveToNewProjectAsync("other");
        await lab.AddAsync("job", null);
        await lab.RunNowAsync("job");

        await lab.SettleAsync();
        await lab.SettleAsync();
        Assert.Equal(RunState.Succeeded, Assert.Single(await lab.RunsAsync("job")).State);
    }

    [Fact]
    public async Task Due_jobs_are_listed_of_all_projects_but_those_that_are_left_out()
    {
        await using var lab = await EngineLab.StartAsync();
        var every = new V1.Schedule
        {
            Interval = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromMinutes(1)),
        };
        await lab.AddAsync("stuck", every);
        var stuck = lab.Project;
        await lab.MoveToNewProjectAsync("other");
        await lab.AddAsync("job", every);

        var due = Assert.Single(await lab.Jobs.ListDueAsync(lab.Time.GetUtcNow(), 1, [stuck], Token));
        Assert.Equal((lab.Project, "job"), (due.Project.Id, due.Job));
    }
}
