namespace Dendrite.BranchService.Tests.Garbage;

public sealed class BusyVectorsTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_judgement_that_finds_the_vectors_busy_does_nothing_and_says_so()
    {
        await fixture.CreateAsync("busy");
        await fixture.CommitAsync("busy");
        await fixture.Branches.DeleteBranchAsync(new() { Name = "projects/lab/branches/busy" }, fixture.Lab);
        await fixture.AsOwnerAsync("UPDATE branching.branch SET purge_time = now() WHERE name = 'busy'");
        await fixture.Garbage.PurgeAsync(fixture.LabProject, 1, "tests", CancellationToken.None);
        await using var adding = await fixture.HoldVectorsAsync();

        var busy = await JudgeAsync();
        await adding.RollbackAsync(TestContext.Current.CancellationToken);
        var free = await JudgeAsync();

        Assert.Equal((true, 0L), (busy.WasBusy, busy.Count));
        Assert.Equal((false, 1L), (free.WasBusy, free.Count));
    }

    private Task<Storage.Garbage.GarbageStep> JudgeAsync() =>
        fixture.Garbage.JudgeAsync(fixture.LabProject, new(0), 10, TimeSpan.Zero, CancellationToken.None);
}
