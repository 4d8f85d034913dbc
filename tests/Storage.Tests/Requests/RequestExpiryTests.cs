using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Requests;

namespace Dendrite.Storage.Tests.Requests;

public sealed class RequestExpiryTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly TimeSpan Age = TimeSpan.FromDays(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Old_requests_of_a_project_go_the_oldest_first_and_a_few_at_a_time()
    {
        var lab = await Lab.CreateAsync(database, "expiry");
        var other = await Lab.CreateAsync(database, "expiry-elsewhere");
        await RememberAsync(other, days: 90);
        Mutation[] done =
        [
            await RememberAsync(lab, days: 40),
            await RememberAsync(lab, days: 60),
            await RememberAsync(lab, days: 31),
            await RememberAsync(lab, days: 29),
        ];
        var expiry = new RequestExpiryStore(new(database.Scheduler));

        Assert.Equal(3, await expiry.CountAsync(lab.Project, Age, Token));
        Assert.Equal(2, await expiry.RemoveAsync(lab.Project, Age, limit: 2, Token));
        Assert.Equal("gone gone kept kept", await FindAsync(lab, done));
        Assert.Equal(1, await expiry.RemoveAsync(lab.Project, Age, limit: 2, Token));
        Assert.Equal(0, await expiry.RemoveAsync(lab.Project, Age, limit: 2, Token));
        Assert.Equal("gone gone gone kept", await FindAsync(lab, done));
        Assert.Equal(1, await expiry.CountAsync(other.Project, Age, Token));
    }

    private static async Task<string> FindAsync(Lab lab, IEnumerable<Mutation> done)
    {
        List<string> found = [];
        foreach (var mutation in done)
        {
            found.Add(await lab.Requests.FindAsync(lab.Project, mutation, Token) is null ? "gone" : "kept");
        }

        return string.Join(' ', found);
    }

    private async Task<Mutation> RememberAsync(Lab lab, int days)
    {
        var mutation = Lab.Mutation(lab.NewUid());
        await lab.Requests.RememberAsync(lab.Project, mutation, [], Token);
        await using var command = database.Owner.CreateCommand(
            "UPDATE branching.request SET create_time = now() - make_interval(days => $1) WHERE request_id = $2"
        );
        command.Parameters.Add(new() { Value = days });
        command.Parameters.Add(new() { Value = mutation.RequestId!.Value });
        await command.ExecuteNonQueryAsync(Token);
        return mutation;
    }
}
