using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Retention;

public sealed class RetentionRunTests
{
    private static readonly DateTimeOffset Past = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Future = new(2999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Expired_branches_go_and_the_run_says_which()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync();
        fixture.Branches.Add("a-expired", Past);
        fixture.Branches.Add("b-protected", Past, isProtected: true);
        fixture.Branches.Add("c-later", Future);
        fixture.Branches.Add("d-never", expireTime: null);
        fixture.Branches.Add("e-expired", Past);

        var run = await fixture.RunToEndAsync(client);
        Assert.Equal(RunState.Succeeded, run.State);
        Assert.Equal("tester", run.Creator);
        Assert.Equal(
            new Dictionary<string, long>
            {
                ["branches_seen"] = 5,
                ["branches_deleted"] = 2,
                ["branches_kept"] = 2,
                ["branches_waiting"] = 0,
                ["branches_refused"] = 0,
                ["owners_warned"] = 0,
                ["freeable_bytes"] = 0,
            },
            run.Results.ToDictionary()
        );
        Assert.Equal(
            ["projects/lab/branches/a-expired", "projects/lab/branches/e-expired"],
            fixture.Branches.Deletions.Select(deletion => deletion.Name)
        );
        var report = run.Report.Fields["branches"].ListValue.Values;
        Assert.Equal(
            ["delete", "keep", "delete"],
            report.Select(line => line.StructValue.Fields["action"].StringValue)
        );
        var attempt = Assert.Single(run.Attempts);
        Assert.Null(run.Attempts[0].Error);
        Assert.NotNull(attempt.EndTime);

        // A second run has nothing left to do.
        Assert.Equal(0, (await fixture.RunToEndAsync(client)).Results["branches_deleted"]);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_go_and_deletes_nothing()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync();
        fixture.Branches.Add("expired", Past);
        var run = await fixture.RunToEndAsync(client, dryRun: true);
        Assert.True(run.DryRun);
        Assert.Equal(1, run.Results["branches_to_delete"]);
        Assert.Empty(fixture.Branches.Deletions);
    }

    [Fact]
    public async Task A_branch_that_is_extended_meanwhile_stays()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var client = await fixture.ReadyClientAsync();
        fixture.Branches.Add("extended", Past);
        fixture.Branches.BeforeDelete = (request, _) =>
        {
            fixture.Branches.Branches[request.Name].Etag = "2";
            return Task.CompletedTask;
        };
        var run = await fixture.RunToEndAsync(client);
        Assert.Equal((0, 1), (run.Results["branches_deleted"], run.Results["branches_kept"]));
    }

    [Fact]
    public async Task An_attempt_that_fails_is_followed_by_another_and_deletes_under_the_same_request_id()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var settings = new Dictionary<string, string?> { ["Scheduler:ReconcileInterval"] = "00:00:00.2" };
        var replica = await fixture.AddReplicaAsync(settings);
        replica.Logs.ExpectErrors(entry => entry.Id.Id == 5024);
        var client = fixture.Client(replica);
        await SchedulerFixture.UntilAsync(async () =>
            (await client.ListJobsAsync(new ListJobsRequest { Parent = "projects/lab" }, fixture.Headers)).Jobs.Count
            > 0
        );
        fixture.Branches.Add("expired", Past);
        var requestIds = new List<string>();
        fixture.Branches.BeforeDelete = (request, _) =>
        {
            requestIds.Add(request.RequestId);
            return requestIds.Count == 1
                ? throw new RpcException(new Status(StatusCode.Unavailable, "for a moment"))
                : Task.CompletedTask;
        };
        var begun = await client.RunJobAsync(new RunJobRequest { Name = SchedulerFixture.Job }, fixture.Headers);
        await SchedulerFixture.UntilAsync(async () => await StateAsync(client, fixture, begun.Run) is RunState.Waiting);
        // The next attempt comes after half a minute: the row is made ready instead of waiting for that.
        await using var age = fixture.Database.Owner.CreateCommand(
            "UPDATE scheduling.job_run SET ready_time = create_time WHERE state = 'waiting'"
        );
        await age.ExecuteNonQueryAsync(SchedulerFixture.Token);

        var run = await fixture.EndAsync(client, begun.Run.Name);
        Assert.Equal(RunState.Succeeded, run.State);
        Assert.Equal(2, run.Attempts.Count);
        Assert.Contains("for a moment", run.Attempts[0].Error.Message, StringComparison.Ordinal);
        Assert.True(run.Attempts[0].FencingToken < run.Attempts[1].FencingToken);
        Assert.Equal(2, requestIds.Count);
        Assert.Single(requestIds.Distinct());
    }

    private static async Task<RunState> StateAsync(
        V1.SchedulerService.SchedulerServiceClient client,
        SchedulerFixture fixture,
        Run run
    ) => (await client.GetRunAsync(new GetRunRequest { Name = run.Name }, fixture.Headers)).Run.State;
}
