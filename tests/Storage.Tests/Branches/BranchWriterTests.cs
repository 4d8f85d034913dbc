using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Filtering;

namespace Dendrite.Storage.Tests.Branches;

public sealed class BranchWriterTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_update_changes_what_it_names_and_nothing_else()
    {
        var lab = await Lab.CreateAsync(database, "update");
        var before = await lab.ForkAsync("trial");
        var expiry = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.FromHours(2));

        var after = await lab.Writer.UpdateAsync(
            lab.Project,
            new("trial", before.Revision),
            new()
            {
                DisplayName = "Sleep",
                Labels = new Dictionary<string, string> { ["site"] = "berlin" },
                SetsExpireTime = true,
                ExpireTime = expiry,
            },
            Lab.Mutation(),
            Token
        );

        Assert.Equal(before.Revision + 1, after.Revision);
        Assert.Equal(("Sleep", before.Description, before.Owner), (after.DisplayName, after.Description, after.Owner));
        Assert.Equal("berlin", after.Labels["site"]);
        Assert.Equal(expiry, after.ExpireTime);
    }

    [Fact]
    public async Task An_update_of_an_older_revision_is_refused()
    {
        var lab = await Lab.CreateAsync(database, "etag");
        var before = await lab.ForkAsync("trial");
        await lab.Writer.UpdateAsync(lab.Project, new("trial"), new() { DisplayName = "a" }, Lab.Mutation(), Token);

        var refusal = await Assert.ThrowsAsync<DendriteException>(() =>
            lab.Writer.UpdateAsync(
                lab.Project,
                new("trial", before.Revision),
                new() { DisplayName = "b" },
                Lab.Mutation(),
                Token
            )
        );

        Assert.Equal(ErrorReason.EtagMismatch, refusal.Reason);
    }

    [Fact]
    public async Task Main_is_protected_from_deletion()
    {
        var lab = await Lab.CreateAsync(database, "keeps-main");

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => DeleteAsync(lab, "main"));

        Assert.Equal(ErrorReason.BranchProtected, refusal.Reason);
        Assert.Equal(BranchState.Active, (await lab.Branches.GetAsync(lab.Project, "main", Token)).State);
    }

    [Fact]
    public async Task A_branch_is_deleted_once_and_restored_once()
    {
        var lab = await Lab.CreateAsync(database, "undelete");
        await lab.ForkAsync("trial");

        var deleted = await DeleteAsync(lab, "trial");
        Assert.Equal(BranchState.Deleted, deleted.State);
        Assert.Equal(deleted.DeleteTime + TimeSpan.FromDays(1), deleted.PurgeTime);
        await RefusedAsync(ErrorReason.BranchNotFound, () => DeleteAsync(lab, "trial"));

        var restored = await UndeleteAsync(lab, "trial");
        Assert.Equal((BranchState.Active, null), (restored.State, restored.PurgeTime));
        await RefusedAsync(ErrorReason.AlreadyExists, () => UndeleteAsync(lab, "trial"));
        await RefusedAsync(ErrorReason.BranchNotFound, () => UndeleteAsync(lab, "never"));
    }

    [Fact]
    public async Task Deleting_waits_for_the_commit_under_way_and_lets_no_later_one_in()
    {
        var lab = await Lab.CreateAsync(database, "delete-waits");
        var branch = await lab.ForkAsync("trial");
        await using var session = await lab.Database.BeginAsync(lab.Project, Token);
        await using var batch = session.CreateBatch();
        batch.Add(Storage.Commits.CommitDoor.CreateCommand(Lab.Commit(branch)));
        await batch.ExecuteAsync(Token);

        var deletion = DeleteAsync(lab, "trial");
        await session.CommitAsync(Token);
        await deletion;

        await RefusedAsync(ErrorReason.BranchNotWritable, () => lab.CommitAsync(branch));
    }

    [Fact]
    public async Task Children_of_a_deleted_branch_lose_nothing()
    {
        var lab = await Lab.CreateAsync(database, "orphans");
        var parent = await lab.ForkAsync("parent");
        await lab.CommitAsync(parent);
        await lab.ForkAsync("child", "parent");
        var before = await lab.SeeAsync("child");

        await DeleteAsync(lab, "parent");

        Assert.Equal(before, await lab.SeeAsync("child"));
    }

    [Fact]
    public async Task Pages_by_name_hold_every_branch_once_whatever_the_filter()
    {
        var lab = await Lab.CreateAsync(database, "pages");
        foreach (var name in new[] { "sleep-3", "sleep-1", "walk-1", "sleep", "sleep-2", "slee" })
        {
            await lab.ForkAsync(name);
        }

        await DeleteAsync(lab, "sleep-2");

        Assert.Equal(["main", "slee", "sleep", "sleep-1", "sleep-3", "walk-1"], await NamesAsync(lab, new(2)));
        Assert.Equal(["sleep", "sleep-1", "sleep-3"], await NamesAsync(lab, new(2) { Filter = Sleep }));
        Assert.Equal(
            ["sleep", "sleep-1", "sleep-2", "sleep-3"],
            await NamesAsync(lab, new(3) { Filter = Sleep, ShowDeleted = true })
        );
        Assert.Equal(
            ["sleep-2"],
            await NamesAsync(lab, new(3) { Filter = Is(BranchListFields.State, "deleted"), ShowDeleted = true })
        );
        Assert.Equal(["main"], await NamesAsync(lab, new(3) { Filter = Is(BranchListFields.Kind, "main") }));
    }

    private static RowCondition Sleep { get; } = RowCondition.StartsWith(BranchListFields.Name, "sleep");

    private static RowCondition Is(RowField field, string value) =>
        RowCondition.Compare(field, RowComparison.Equal, value);

    private static async Task<List<string>> NamesAsync(Lab lab, BranchQuery query)
    {
        var names = new List<string>();
        IReadOnlyList<BranchRecord> page;
        do
        {
            page = await lab.Branches.ListAsync(lab.Project, query, Token);
            names.AddRange(page.Select(branch => branch.Name));
            query = query with { After = names.Count == 0 ? null : new(names[^1], null) };
        } while (page.Count == query.Limit);

        return names;
    }

    private static async Task<BranchRecord> DeleteAsync(Lab lab, string name) =>
        (await lab.Writer.DeleteAsync(lab.Project, new(name), TimeSpan.FromDays(1), Lab.Mutation(), Token))!;

    private static Task<BranchRecord> UndeleteAsync(Lab lab, string name) =>
        lab.Writer.UndeleteAsync(lab.Project, new(name), Lab.Mutation(), Token);

    private static async Task RefusedAsync<T>(ErrorReason reason, Func<Task<T>> call) =>
        Assert.Equal(reason, (await Assert.ThrowsAsync<DendriteException>(call)).Reason);
}
