using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Commits;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Tests.Records;

/// <summary>
/// What no row may be is said by a policy of the table, not by CHECKs, which would be parsed for every commit.
/// </summary>
public sealed class WholeRowTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly byte[] Digest = new byte[32];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, byte[], string?, byte[]> BrokenRows { get; } =
        new()
        {
            { "no key", [], "{}", Digest },
            { "a key too long", new byte[1025], "{}", Digest },
            { "a short digest", [1], "{}", new byte[31] },
            { "a long digest", [1], null, new byte[33] },
            { "a document that is no object", [1], "[]", Digest },
            { "a document that is null in JSON", [1], "null", Digest },
        };

    [Theory]
    [MemberData(nameof(BrokenRows))]
    public async Task A_broken_row_is_refused_alone_and_among_whole_ones_and_leaves_nothing(
        string what,
        byte[] key,
        string? document,
        byte[] digest
    )
    {
        var lab = await RecordLab.CreateAsync(database, what.Replace(' ', '-').ToLowerInvariant());
        await lab.Lab.ForkAsync("trial");
        var head = await lab.HeadAsync("trial");

        await RefusedAsync(batch => AddRow(batch, lab, head.Timeline, key, document, digest));
        await RefusedAsync(batch =>
            AddRows(
                batch,
                lab,
                head.Timeline,
                [
                    [0],
                    key,
                ],
                [document, "{}"],
                [digest, Digest]
            )
        );
        await RefusedAsync(batch =>
            AddRows(
                batch,
                lab,
                head.Timeline,
                [
                    [0],
                    key,
                ],
                ["{}", document],
                [Digest, digest]
            )
        );

        Assert.Equal(head.Version, (await lab.HeadAsync("trial")).Version);
        Assert.Empty(await lab.ScanAsync(await lab.ViewAsync("trial")));

        async Task RefusedAsync(Action<ProjectBatch> add)
        {
            await using var batch = lab.Database.CreateBatch(lab.Lab.Project);
            batch.Add(Door(head.Timeline));
            add(batch);
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => batch.ExecuteAsync(Token));
            Assert.True(
                refusal.SqlState == PostgresErrorCodes.InsufficientPrivilege
                    && refusal.MessageText.Contains("whole_rows", StringComparison.Ordinal),
                $"{what}: {refusal.MessageText}"
            );
        }
    }

    private static NpgsqlBatchCommand Door(TimelineId timeline) =>
        CommitDoor.CreateCommand(new(timeline, CommitKind.Write, "tests", "", Digest));

    private static void AddRow(
        ProjectBatch batch,
        RecordLab lab,
        TimelineId timeline,
        byte[] key,
        string? document,
        byte[] digest
    ) =>
        batch
            .Add("SELECT records.write_row(@timeline, @dataset, @key, @document, @digest, @owners, @through, 0)")
            .With("timeline", timeline.Value)
            .With("dataset", lab.Dataset.Value)
            .With("key", key)
            .With("document", NpgsqlDbType.Jsonb, document)
            .With("digest", digest)
            .With(Snapshot.Empty);

    private static void AddRows(
        ProjectBatch batch,
        RecordLab lab,
        TimelineId timeline,
        byte[][] keys,
        string?[] documents,
        byte[][] digests
    ) =>
        batch
            .Add("SELECT records.write_rows(@timeline, @datasets, @keys, @documents, @digests, @owners, @through, 0)")
            .With("timeline", timeline.Value)
            .With("datasets", keys.Select(_ => lab.Dataset.Value).ToArray())
            .With("keys", keys)
            .With("documents", NpgsqlDbType.Array | NpgsqlDbType.Jsonb, documents)
            .With("digests", digests)
            .With(Snapshot.Empty);
}
