using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Requests;

namespace Dendrite.Storage.Tests.Requests;

public sealed class IdempotencyTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repeated_creation_answers_the_branch_that_the_first_one_made()
    {
        var lab = await Lab.CreateAsync(database, "repeated");
        var mutation = Lab.Mutation(lab.NewUid());

        var first = await lab.ForkAsync("trial", "main", null, mutation);
        var second = await lab.ForkAsync("trial", "main", null, mutation);

        Assert.Equal(first.Uid, second.Uid);
    }

    [Fact]
    public async Task Equal_requests_at_once_make_one_branch()
    {
        var lab = await Lab.CreateAsync(database, "at-once");
        var mutation = Lab.Mutation(lab.NewUid());

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => lab.ForkAsync("trial", "main", null, mutation))
        );

        Assert.Single(answers.Select(branch => branch.Uid).Distinct());
        Assert.Equal(2, (await lab.Branches.ListAsync(lab.Project, new(10), Token)).Count);
    }

    [Fact]
    public async Task A_repeated_deletion_is_answered_and_audited_once()
    {
        var lab = await Lab.CreateAsync(database, "deletions");
        await lab.ForkAsync("trial");
        var mutation = Lab.Mutation(lab.NewUid());

        for (var i = 0; i < 3; i++)
        {
            var answer = await lab.Writer.DeleteAsync(lab.Project, new("trial"), TimeSpan.FromDays(1), mutation, Token);
            Assert.NotNull(answer!.DeleteTime);
        }

        await using var batch = lab.Database.CreateBatch(lab.Project);
        batch
            .Add("SELECT count(*) FROM branching.audit_entry WHERE request_id = @id")
            .With("id", mutation.RequestId!.Value);
        Assert.Equal([1L], await batch.ReadRowsAsync(row => row.GetInt64(0), Token));
    }

    [Fact]
    public async Task A_repeated_update_does_not_undo_what_came_between()
    {
        var lab = await Lab.CreateAsync(database, "updates");
        await lab.ForkAsync("trial");
        var mutation = Lab.Mutation(lab.NewUid());
        await lab.Writer.UpdateAsync(lab.Project, new("trial"), new() { DisplayName = "first" }, mutation, Token);
        await lab.Writer.UpdateAsync(
            lab.Project,
            new("trial"),
            new() { DisplayName = "second" },
            Lab.Mutation(),
            Token
        );

        await lab.Writer.UpdateAsync(lab.Project, new("trial"), new() { DisplayName = "first" }, mutation, Token);

        Assert.Equal("second", (await lab.Branches.GetAsync(lab.Project, "trial", Token)).DisplayName);
    }

    [Fact]
    public async Task A_request_id_used_for_another_request_is_refused()
    {
        var lab = await Lab.CreateAsync(database, "reused");
        var id = lab.NewUid();
        await lab.ForkAsync("trial", "main", null, Lab.Mutation(id, "one request"));

        var refusal = await Assert.ThrowsAsync<DendriteException>(() =>
            lab.ForkAsync("other", "main", null, Lab.Mutation(id, "another request"))
        );

        Assert.Equal(ErrorReason.RequestIdReused, refusal.Reason);
        Assert.Null(await lab.Branches.FindAsync(lab.Project, "other", Token));
    }

    [Fact]
    public async Task A_request_id_of_one_project_means_nothing_in_another()
    {
        var here = await Lab.CreateAsync(database, "here");
        var there = await Lab.CreateAsync(database, "over-there");
        var mutation = Lab.Mutation(here.NewUid());
        await here.ForkAsync("trial", "main", null, mutation);

        Assert.Null(await there.Requests.FindAsync(there.Project, mutation, Token));
        await there.ForkAsync("trial", "main", null, mutation);
    }

    [Fact]
    public async Task Any_mutation_can_remember_its_outcome_in_its_own_batch()
    {
        var lab = await Lab.CreateAsync(database, "outcomes");
        var mutation = Lab.Mutation(lab.NewUid());
        await using var batch = lab.Database.CreateBatch(lab.Project);
        IdempotencyStore.AddTo(batch, mutation, [1, 2, 3]);
        await batch.ExecuteAsync(Token);

        Assert.Equal([1, 2, 3], (await lab.Requests.FindAsync(lab.Project, mutation, Token))!);
    }
}
