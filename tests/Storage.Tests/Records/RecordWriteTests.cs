using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Records;
using Npgsql;

namespace Dendrite.Storage.Tests.Records;

public sealed class RecordWriteTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_a_hundred_writers_that_claim_the_last_place_exactly_one_gets_it()
    {
        const int Writers = 100;
        var lab = await RecordLab.CreateAsync(database, "last-place");
        var branch = await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", lab.Put("place", "free"));
        var head = await lab.HeadAsync("trial");
        var read = (await lab.Reader.GetAsync(new(lab.Lab.Project, head.Snapshot), lab.Dataset, [Place], Token))[0]!;

        var won = await Task.WhenAll(Enumerable.Range(0, Writers).Select(ClaimAsync));

        Assert.Single(won, true);
        var view = await lab.ViewAsync("trial");
        Assert.Equal($$"""{"1": "writer {{Array.IndexOf(won, true)}}"}""", await lab.FindAsync(view, "place"));

        // As a service does: at the head that it read, and after a lost race once more under the lock.
        async Task<bool> ClaimAsync(int writer)
        {
            var commit = new RecordCommit("tests", "") { Records = [lab.Put("place", $"writer {writer}")] };
            if (await lab.Writer.TryCommitAsync(lab.Lab.Project, head, commit, Token) is not null)
            {
                return true;
            }

            await using var held = await lab.Writer.BeginAsync(lab.Lab.Project, head.Branch, branch.Timeline, Token);
            var now = (await lab.Reader.GetAsync(held.View, lab.Dataset, [Place], Token))[0]!;
            if (now.Version != read.Version)
            {
                return false;
            }

            await held.CommitAsync(commit, Token);
            return true;
        }
    }

    [Fact]
    public async Task What_is_read_under_the_lock_is_what_the_commit_follows()
    {
        const int Writers = 20;
        var lab = await RecordLab.CreateAsync(database, "counter");
        var branch = await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", lab.Put("place", "0"));

        await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(async _ =>
                {
                    await using var held = await lab.Writer.BeginAsync(
                        lab.Lab.Project,
                        branch.Id,
                        branch.Timeline,
                        Token
                    );
                    var text = (await lab.FindAsync(held.View, "place"))!.Split('"')[3];
                    var next = lab.Put("place", $"{int.Parse(text, null) + 1}");
                    await held.CommitAsync(new("tests", "") { Records = [next] }, Token);
                })
        );

        Assert.Equal($$"""{"1": "{{Writers}}"}""", await lab.FindAsync(await lab.ViewAsync("trial"), "place"));
    }

    [Fact]
    public async Task A_backend_killed_in_the_middle_of_a_write_leaves_nothing()
    {
        var lab = await RecordLab.CreateAsync(database, "killed");
        var branch = await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", lab.Put("a", "1"));
        var before = await lab.HeadAsync("trial");
        var rows = RecordRows.Prepare([], [lab.Put("a", "2"), lab.Put("b", "2")]);

        await using (var session = await lab.Database.BeginAsync(lab.Lab.Project, Token))
        {
            await using var batch = session.CreateBatch();
            batch.Add("SELECT pg_backend_pid()");
            batch.Add(CommitDoor.CreateCommand(new(branch.Timeline, CommitKind.Write, "tests", "", rows.Digest)));
            rows.AddTo(batch, lab.Lab.Project, branch.Timeline, before.Snapshot);
            var pid = await batch.ReadAsync(
                async (reader, token) =>
                {
                    await reader.ReadAsync(token);
                    return reader.GetInt32(0);
                },
                Token
            );
            await using var kill = database.Owner.CreateCommand($"SELECT pg_terminate_backend({pid}, 10000)");
            Assert.Equal(true, await kill.ExecuteScalarAsync(Token));
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => session.CommitAsync(Token));
        }

        Assert.Equal(before.Snapshot, (await lab.HeadAsync("trial")).Snapshot);
        var view = await lab.ViewAsync("trial");
        Assert.Equal(["a"], (await lab.ScanAsync(view)).Keys);
        Assert.Equal(2, (await lab.CommitAsync("trial", lab.Put("a", "3"), lab.Put("b", "3"))) is null ? 0 : 2);
        Assert.Equal(["a", "b"], (await lab.ScanAsync(await lab.ViewAsync("trial"))).Keys);
    }

    [Fact]
    public async Task A_load_of_many_rows_is_one_commit_that_can_be_loaded_again_over_itself()
    {
        const int Rows = 30_000;
        var lab = await RecordLab.CreateAsync(database, "load");
        await lab.Lab.ForkAsync("trial");

        var first = await lab.CommitAsync("trial", Load("first"));
        var second = await lab.CommitAsync("trial", Load("second"));

        foreach (var (version, value) in new[] { (first.Version, "first"), (second.Version, "second") })
        {
            var view = await lab.ViewAsync("trial", Snapshots.SnapshotPoint.At(version));
            var query = new RecordQuery(lab.Dataset)
            {
                Condition = new("stored.document ->> '1' = @value", c => c.Parameters.Add(new("value", value))),
            };
            Assert.Equal(Rows, await lab.Reader.CountAsync(view, new(lab.Dataset), Token));
            Assert.Equal(Rows, await lab.Reader.CountAsync(view, query, Token));
        }

        RecordChange[] Load(string value) => [.. Enumerable.Range(0, Rows).Select(i => lab.Put($"row {i}", value))];
    }

    [Fact]
    public async Task A_row_that_a_merge_moved_under_the_writer_is_marked_superseded_by_its_key()
    {
        var lab = await RecordLab.CreateAsync(database, "moved-row");
        var branch = await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", lab.Put("a", "1"), lab.Put("b", "1"));
        var next = (await lab.CommitAsync("trial", lab.Put("b", "2"))).Version.Value + 1;

        await using var batch = lab.Database.CreateBatch(lab.Lab.Project);
        batch.Add(
            $"""
            SELECT records.mark_superseded({branch.Timeline.Value}, ARRAY[{lab.Dataset.Value}, {lab.Dataset.Value}]
                ::bigint[], ARRAY['a', 'b']::bytea[], {next})
            """
        );
        batch.Add("SELECT key, superseded_version FROM records.row ORDER BY key, version");
        var marks = await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                var found = new List<(string, long)>();
                while (await reader.ReadAsync(token))
                {
                    found.Add((RecordLab.Text(await reader.GetFieldValueAsync<byte[]>(0, token)), reader.GetInt64(1)));
                }

                return found;
            },
            Token
        );

        Assert.Equal([("a", next), ("b", next - 1), ("b", next)], marks);
    }

    [Fact]
    public async Task A_protected_branch_refuses_records()
    {
        var lab = await RecordLab.CreateAsync(database, "protected");

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.CommitAsync("main", lab.Put("a", "1")));

        Assert.Equal(ErrorReason.BranchProtected, refusal.Reason);
    }

    [Fact]
    public async Task A_commit_that_writes_a_key_twice_is_refused_before_anything_is_done()
    {
        var lab = await RecordLab.CreateAsync(database, "twice");
        await lab.Lab.ForkAsync("trial");

        var refusal = await Assert.ThrowsAsync<ArgumentException>(() =>
            lab.CommitAsync("trial", lab.Put("a", "1"), lab.Put("b", "1"), lab.Delete("a"))
        );

        Assert.Contains("Key 61 ", refusal.Message);
        Assert.Empty(await lab.ScanAsync(await lab.ViewAsync("trial")));
    }

    [Fact]
    public async Task Projects_share_neither_rows_nor_keys_nor_datasets()
    {
        var mine = await RecordLab.CreateAsync(database, "mine");
        var strange = await RecordLab.CreateAsync(database, "strange");
        await mine.Lab.ForkAsync("trial");
        await strange.Lab.ForkAsync("trial");
        await mine.CommitAsync("trial", mine.Put("a", "mine"));
        await strange.CommitAsync("trial", strange.Put("a", "strange"));

        // My project with the stranger's vector and dataset: what a confused service might ask.
        var confused = new RecordView(mine.Lab.Project, (await strange.ViewAsync("trial")).Snapshot);
        var found = await mine.Reader.GetAsync(confused, strange.Dataset, [RecordLab.Key("a")], Token);

        Assert.Null(found[0]);
        Assert.Equal(0, await mine.Reader.CountAsync(confused, new(strange.Dataset), Token));
        foreach (var role in new[] { "branch", "ingest", "comparison", "scheduler" })
        {
            await using var batch = new PlatformDatabase(database.As($"dendrite_{role}")).CreateBatch(mine.Lab.Project);
            batch.Add("SELECT DISTINCT project_id FROM records.row");
            Assert.Equal([mine.Lab.Project.Value], await batch.ReadRowsAsync(row => row.GetInt64(0), Token));
        }
    }

    private static ReadOnlyMemory<byte> Place => RecordLab.Key("place");
}
