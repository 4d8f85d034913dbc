using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Records;
using Npgsql;

namespace Dendrite.Storage.Tests.Records;

/// <summary>Who waits for a branch must not keep those of other branches from working.</summary>
public sealed class TimelineTurnTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Those_who_wait_for_one_branch_hold_no_connections_that_another_branch_needs()
    {
        var lab = await RecordLab.CreateAsync(database, "turns");
        var (busy, other) = (await lab.Lab.ForkAsync("busy"), await lab.Lab.ForkAsync("other"));
        await using var few = TwoConnections();
        var writer = new RecordWriter(new(few));

        var first = await writer.BeginAsync(lab.Lab.Project, busy.Id, busy.Timeline, Token);
        var waiting = Enumerable
            .Range(0, 20)
            .Select(async place =>
            {
                await using var held = await writer.BeginAsync(lab.Lab.Project, busy.Id, busy.Timeline, Token);
                return (await held.CommitAsync(Put(lab, $"{place}"), Token)).Version;
            })
            .ToArray();
        await using (var held = await writer.BeginAsync(lab.Lab.Project, other.Id, other.Timeline, Token))
        {
            await held.CommitAsync(Put(lab, "other"), Token);
        }

        Assert.DoesNotContain(waiting, each => each.IsCompleted);
        await first.DisposeAsync();
        var versions = await Task.WhenAll(waiting);
        Assert.Equal(versions.Order(), versions);
    }

    [Fact]
    public async Task Who_gives_up_waiting_lets_the_next_one_in()
    {
        var lab = await RecordLab.CreateAsync(database, "turns-given-up");
        var branch = await lab.Lab.ForkAsync("busy");
        var writer = new RecordWriter(lab.Database);
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var first = await writer.BeginAsync(lab.Lab.Project, branch.Id, branch.Timeline, Token);
        var second = writer.BeginAsync(lab.Lab.Project, branch.Id, branch.Timeline, impatient.Token);
        var third = writer.BeginAsync(lab.Lab.Project, branch.Id, branch.Timeline, Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await first.DisposeAsync();

        await using var held = await third;
        await held.CommitAsync(Put(lab, "third"), Token);
    }

    private static RecordCommit Put(RecordLab lab, string value) =>
        new("tests", "") { Records = [lab.Put("place", value)] };

    private NpgsqlDataSource TwoConnections()
    {
        var builder = new NpgsqlDataSourceBuilder(database.ConnectionString("dendrite_ingest"));
        builder.ConnectionStringBuilder.MaxPoolSize = 2;
        PlatformDatabase.Configure(builder);
        return builder.Build();
    }
}
