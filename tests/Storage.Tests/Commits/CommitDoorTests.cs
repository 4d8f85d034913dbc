using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tests.Commits;

public sealed class CommitDoorTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_writers_on_one_branch_each_commit_follows_the_one_before_it()
    {
        const int Writers = 8;
        const int CommitsEach = 25;
        var lab = await Lab.CreateAsync(database, "writers");
        var branch = await lab.ForkAsync("trial");

        await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(async writer =>
                {
                    for (var i = 0; i < CommitsEach; i++)
                    {
                        await lab.CommitAsync(branch, $"writer {writer}, commit {i}");
                    }
                })
        );

        var commits = await NewestFirstAsync(lab, "trial");
        Assert.Equal(Writers * CommitsEach, commits.Count);
        for (var i = 0; i < commits.Count - 1; i++)
        {
            var (later, earlier) = (commits[i], commits[i + 1]);
            Assert.Equal(earlier.Content.Version, later.ParentVersion);
            Assert.Equal(earlier.Hash, later.ParentHash);
            Assert.True(earlier.Content.Time <= later.Content.Time);
        }
    }

    [Fact]
    public async Task A_version_exceeds_every_version_that_its_writer_could_see()
    {
        var lab = await Lab.CreateAsync(database, "versions");
        var branches = new List<BranchRecord>();
        for (var i = 0; i < 4; i++)
        {
            branches.Add(await lab.ForkAsync($"trial-{i}"));
        }

        await Task.WhenAll(
            branches.Select(async branch =>
            {
                var last = CommitVersion.Zero;
                for (var i = 0; i < 25; i++)
                {
                    var receipt = await lab.CommitAsync(branch);
                    Assert.True(receipt.Version > last);
                    last = receipt.Version;
                }
            })
        );
    }

    [Fact]
    public async Task Each_hash_is_the_one_that_the_pure_function_computes_and_the_chain_crosses_forks()
    {
        var lab = await Lab.CreateAsync(database, "chain");
        var parent = await lab.ForkAsync("parent");
        await lab.CommitAsync(parent, "first");
        await lab.CommitAsync(parent, "zweites µV");
        await lab.CommitAsync(await lab.ForkAsync("child", "parent"), "third");

        var commits = await NewestFirstAsync(lab, "child");

        Assert.Equal(["third", "zweites µV", "first"], commits.Select(commit => commit.Content.Message));
        var expectedParent = CommitHash.Genesis.ToArray();
        foreach (var commit in commits.Reverse())
        {
            Assert.Equal(expectedParent, commit.ParentHash);
            Assert.Equal(CommitHash.Compute(expectedParent, lab.Project.Value, commit.Content), commit.Hash);
            expectedParent = commit.Hash;
        }
    }

    [Fact]
    public async Task Rows_sent_with_the_commit_bear_its_version_in_one_round_trip()
    {
        var lab = await Lab.CreateAsync(database, "batch");
        var branch = await lab.ForkAsync("trial");
        await using var batch = lab.Database.CreateBatch(lab.Project);
        batch.Add(CommitDoor.CreateCommand(Lab.Commit(branch)));
        batch.Add($"SELECT {CommitDoor.Version}");

        var (receipt, rowVersion) = await batch.ReadAsync(
            async (reader, token) =>
            {
                var answer = await CommitDoor.ReadReceiptAsync(reader, token);
                await reader.NextResultAsync(token);
                await reader.ReadAsync(token);
                return (answer, reader.GetInt64(0));
            },
            Token
        );

        Assert.Equal(receipt.Version.Value, rowVersion);
        Assert.Equal(receipt.Version, (await lab.Branches.GetAsync(lab.Project, "trial", Token)).HeadVersion);
    }

    [Fact]
    public async Task A_commit_whose_transaction_fails_later_never_was()
    {
        var lab = await Lab.CreateAsync(database, "undone");
        var branch = await lab.ForkAsync("trial");
        await using var batch = lab.Database.CreateBatch(lab.Project);
        batch.Add(CommitDoor.CreateCommand(Lab.Commit(branch)));
        batch.Add("SELECT 1 / 0");

        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => batch.ExecuteAsync(Token));

        Assert.Equal(Snapshot.Empty, await lab.SeeAsync("trial"));
        Assert.Empty(await NewestFirstAsync(lab, "trial"));
    }

    [Fact]
    public async Task A_deleted_branch_takes_no_commit_until_it_is_restored()
    {
        var lab = await Lab.CreateAsync(database, "deleted");
        var branch = await lab.ForkAsync("trial");
        await lab.Writer.DeleteAsync(lab.Project, new("trial"), TimeSpan.FromDays(1), Lab.Mutation(), Token);

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.CommitAsync(branch));
        Assert.Equal(ErrorReason.BranchNotWritable, refusal.Reason);
        Assert.Equal("Branch 'trial' takes no writes: it is deleted.", refusal.Message);

        await lab.Writer.UndeleteAsync(lab.Project, new("trial"), Lab.Mutation(), Token);
        await lab.CommitAsync(branch);
    }

    [Fact]
    public async Task A_protected_branch_takes_merges_only()
    {
        var lab = await Lab.CreateAsync(database, "protected");
        var main = await lab.Branches.GetAsync(lab.Project, "main", Token);
        await using var batch = lab.Database.CreateBatch(lab.Project);
        batch.Add(CommitDoor.CreateCommand(Lab.Commit(main) with { Kind = CommitKind.Write }));

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => batch.ExecuteAsync(Token));

        Assert.Equal(ErrorReason.BranchProtected, refusal.Reason);
        await lab.CommitAsync(main, "a merge");
    }

    [Fact]
    public async Task A_timeline_of_another_project_does_not_exist()
    {
        var lab = await Lab.CreateAsync(database, "mine");
        var stranger = await Lab.CreateAsync(database, "strange");
        var branch = await stranger.ForkAsync("trial");

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.CommitAsync(branch));

        Assert.Equal(ErrorReason.BranchNotFound, refusal.Reason);
    }

    /// <summary>They are compiled for each statement that writes to the table: docs/decisions, short commits.</summary>
    [Fact]
    public async Task No_table_that_every_commit_of_records_writes_has_a_check_of_its_own()
    {
        await using var command = database.Owner.CreateCommand(
            """
            SELECT coalesce(string_agg(conrelid::regclass || '.' || conname, ', '), '')
            FROM pg_catalog.pg_constraint
            WHERE contype = 'c'
                AND conrelid IN ('branching.timeline'::regclass, 'branching.commit'::regclass, 'records.row'::regclass)
            """
        );

        Assert.Equal("", await command.ExecuteScalarAsync(Token));
    }

    [Theory]
    [InlineData("hidden_time = now()")]
    [InlineData("hidden_beyond_version = 3")]
    [InlineData("hidden_time = now(), hidden_beyond_version = -1")]
    [InlineData("seal = 'lost'")]
    public async Task A_timeline_that_would_contradict_itself_is_refused(string change)
    {
        await Lab.CreateAsync(database, $"contradiction-{change.Length}");
        await using var command = database.Owner.CreateCommand($"UPDATE branching.timeline SET {change}");

        var refusal = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => command.ExecuteNonQueryAsync(Token));

        Assert.Equal(Npgsql.PostgresErrorCodes.CheckViolation, refusal.SqlState);
    }

    private static async Task<IReadOnlyList<CommitRecord>> NewestFirstAsync(Lab lab, string branch) =>
        await lab.Commits.ListAsync(lab.Project, new(await lab.SeeAsync(branch), 1_000), Token);
}
