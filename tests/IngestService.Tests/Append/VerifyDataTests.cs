namespace Dendrite.IngestService.Tests.Append;

/// <summary>
/// What was recorded is verified against what its commits vouch for; rows are tampered with in between.
/// </summary>
public sealed class VerifyDataTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task Samples_hold_until_somebody_changes_or_takes_one_away()
    {
        var branch = await fixture.ForkAsync();
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch));
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.HearUntilAsync(100);
        await gateway.SendAsync(Recording.Block(100, 50));
        await gateway.CloseAsync(finish: true);
        var whole = await fixture.VerifyDataAsync(branch);
        Assert.True(whole.Count >= 2);
        Assert.All(whole, Assert.Null);

        const string Second =
            "FROM branching.branch b WHERE b.timeline_id = signals.block.timeline_id AND first_sample = 100";
        var ofBranch = $"{Second} AND b.name = '{branch}'";
        await fixture.CountAsync($"UPDATE signals.block SET sample_digest = sha256('x') {ofBranch}");
        Assert.Contains("other samples", await OnlyProblemAsync(branch), StringComparison.Ordinal);

        await fixture.CountAsync(
            $"UPDATE signals.block SET payload = overlay(payload placing '\\x00' from 60) {ofBranch}"
        );
        Assert.Contains("cannot be read", await OnlyProblemAsync(branch), StringComparison.Ordinal);

        await fixture.CountAsync(
            $"""
            DELETE FROM signals.block USING branching.branch b
            WHERE b.timeline_id = signals.block.timeline_id AND first_sample = 100 AND b.name = '{branch}'
            """
        );
        Assert.Contains("1 blocks, and 0 are stored", await OnlyProblemAsync(branch), StringComparison.Ordinal);
    }

    private async Task<string> OnlyProblemAsync(string branch) =>
        Assert.Single((await fixture.VerifyDataAsync(branch)).OfType<string>());
}
