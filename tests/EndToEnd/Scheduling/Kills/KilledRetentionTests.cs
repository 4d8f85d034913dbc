namespace Dendrite.EndToEnd.Scheduling.Kills;

/// <summary>A night of retention whose replicas are killed: every branch that has had its time goes once.</summary>
[Collection<NightShiftCollection>]
public sealed class KilledRetentionTests(NightShift night)
{
    private const int MostDeletions = 10;
    private const int BranchesPerKill = 30;

    private readonly NightData data = new(night);

    [Fact]
    public async Task Killed_again_and_again_retention_deletes_each_branch_once_and_no_other()
    {
        var plan = KillPlan.FromEnvironment(task: 3);
        var old = await ForkAsync("old", BranchesPerKill * (plan.Kills + 1));
        var young = await ForkAsync("young", 5);
        await data.ExpireAsync("old-%");
        var jobs = new NightJobs(night);
        var begun = await jobs.BeginAsync("clean", new() { Retention = new() });

        await new Hangman(night).KillAsync(
            plan.List(MostDeletions),
            () =>
                night.CountAsync(
                    "SELECT count(*) FROM branching.branch WHERE name LIKE 'old-%' AND delete_time IS NOT NULL"
                ),
            NightJobs.WorkersOf("clean")
        );

        var run = await jobs.EndAsync(begun);
        await jobs.AssertOnceAsync(run);
        Assert.Equal(
            old,
            await night.ListAsync(
                """
                SELECT name::text FROM branching.branch
                WHERE delete_time IS NOT NULL AND name ~ '^(old|young)-' ORDER BY name
                """
            )
        );
        Assert.Equal(
            young,
            await night.ListAsync("SELECT name::text FROM branching.branch WHERE name LIKE 'young-%' ORDER BY name")
        );
        // Each deletion once in the audit, by this run.
        Assert.Equal(
            old.Select(name => $"{NightShift.Project}/branches/{name} 1"),
            await night.ListAsync(
                """
                SELECT resource || ' ' || count(*) FROM branching.audit_entry
                WHERE method = 'DeleteBranch' AND resource ~ '/(old|young)-' GROUP BY resource ORDER BY resource
                """
            )
        );
        // The run says all that its attempts did.
        Assert.Equal(old.Count, run.Results["branches_deleted"]);
    }

    private async Task<IReadOnlyList<string>> ForkAsync(string prefix, int count)
    {
        var names = Enumerable.Range(0, count).Select(i => $"{prefix}-{i:D4}").ToList();
        foreach (var name in names)
            await data.ForkAsync(name);
        return names;
    }
}
