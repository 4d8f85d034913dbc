namespace Dendrite.StandIns.Aspire.Tests;

/// <summary>Who starts after whom.</summary>
public sealed class OrderTests(SharedApplication shared)
{
    [Fact]
    public async Task A_service_starts_after_what_it_waits_for_and_after_what_that_waits_for()
    {
        // backend waits for the job only, and the job for the database.
        Assert.True((await shared.AskAsync<Needs>(shared.Backend, "/needs")).Port);
        Assert.True((await shared.AskAsync<Needs>(shared.Frontend, "/needs")).Port);
    }

    [Fact]
    public async Task A_job_that_is_done_stays_done()
    {
        var job = await shared
            .Application.ResourceNotifications.WaitForResourceAsync("job", e => e.Snapshot.ExitCode is not null)
            .Bounded();

        Assert.Equal(KnownResourceStates.Finished, job.Snapshot.State?.Text);
        Assert.Equal(0, job.Snapshot.ExitCode);
    }

    private sealed record Needs(bool Port, bool File);
}
