using System.Text;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Records;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.IngestService.Tests.Records;

/// <summary>How often is decided what to commit, where others commit to the branch too.</summary>
public sealed class RecordCommitterTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const int Clients = 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_waits_for_others_of_its_process_decides_once_and_follows_the_one_before()
    {
        var line = await LineAsync(fixture.App);
        var decisions = new int[Clients];
        Task<Committed<long>>[] waiting;
        using (await line.Writer.TakeTurnAsync(line.Head.Timeline, Token))
        {
            waiting =
            [
                .. Enumerable.Range(0, Clients).Select(client => line.CommitAsync(client, () => decisions[client]++)),
            ];
            Assert.DoesNotContain(waiting, client => client.IsCompleted);
        }

        var done = await Task.WhenAll(waiting);

        Assert.All(decisions, count => Assert.Equal(1, count));
        // The state that each decided on is the commit of the one before it.
        var versions = done.OrderBy(each => each.Result).Select(each => each.Receipt!.Version.Value).ToList();
        Assert.Equal(versions.Prepend(line.Head.Version.Value).SkipLast(1), done.Select(each => each.Result).Order());
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    public async Task Who_loses_against_another_process_decides_again_and_in_the_end_holds_the_branch_still(
        int commitsOfOthers,
        int expectedDecisions
    )
    {
        var line = await LineAsync(fixture.App);
        await using var replica = await fixture.StartAsync();
        var other = await LineAsync(replica, line.Branch);
        var decisions = 0;
        Task<Committed<long>> waiting;
        using (await line.Writer.TakeTurnAsync(line.Head.Timeline, Token))
        {
            waiting = line.CommitAsync(0, InterfereAsync);
        }

        var done = await waiting;

        Assert.Equal(expectedDecisions, decisions);
        Assert.NotNull(done.Receipt);

        async Task InterfereAsync()
        {
            // Held still, nobody can: that decision is the last.
            if (++decisions <= Math.Min(commitsOfOthers, 2))
                await (await LineAsync(replica, other.Branch)).CommitAsync(100 + decisions, () => { });
        }
    }

    [Fact]
    public async Task A_refusal_in_turn_counts_only_where_it_was_decided_on_what_is_there_now()
    {
        var line = await LineAsync(fixture.App);
        await using var replica = await fixture.StartAsync();
        await (await LineAsync(replica, line.Branch)).CommitAsync(1, () => { });
        var states = new List<(long Version, bool IsRemembered)>();
        Task<Committed<long>> waiting;
        using (await line.Writer.TakeTurnAsync(line.Head.Timeline, Token))
        {
            waiting = line.Committer.RunShortAsync<long>(
                new(fixture.ProjectId, line.Name, line.Head),
                (at, _) =>
                {
                    states.Add((at.Version.Value, at.State.IsRemembered));
                    throw DendriteException.Invalid("values", "are not to be had");
                },
                Token
            );
        }

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => waiting);

        Assert.Equal(ErrorReason.InvalidArgument, refusal.Reason);
        Assert.Equal([true, false], states.Select(state => state.IsRemembered));
        Assert.True(states[1].Version > states[0].Version);
    }

    /// <summary>A branch that the process knows, with nobody at it.</summary>
    private async Task<Line> LineAsync(WebApplication app, string? branch = null)
    {
        branch ??= await fixture.ForkAsync();
        var services = app.Services;
        var heads = services.GetRequiredService<RememberedHeads>();
        return new(
            branch,
            new(IngestFixture.Project, branch),
            await heads.ReadAsync(fixture.ProjectId, branch, Token),
            services.GetRequiredService<RecordWriter>(),
            services.GetRequiredService<RecordCommitter>(),
            fixture
        );
    }

    private sealed record Line(
        string Branch,
        BranchName Name,
        BranchSnapshot Head,
        RecordWriter Writer,
        RecordCommitter Committer,
        IngestFixture Fixture
    )
    {
        public Task<Committed<long>> CommitAsync(int client, Action decide) =>
            CommitAsync(
                client,
                () =>
                {
                    decide();
                    return Task.CompletedTask;
                }
            );

        /// <summary>Commits one record; the result is the version of the state that it was decided on.</summary>
        public Task<Committed<long>> CommitAsync(int client, Func<Task> decideAsync) =>
            Committer.RunShortAsync(
                new(Fixture.ProjectId, Name, Head),
                async (at, _) =>
                {
                    await decideAsync();
                    var change = new RecordChange(new(1), Encoding.UTF8.GetBytes($"{client}"), "{}"u8.ToArray());
                    return new CommitPlan<long>(new("tests", "") { Records = [change] }, at.Version.Value);
                },
                Token
            );
    }
}
