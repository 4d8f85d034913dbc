using System.Text.Json.Nodes;
using Dendrite.Backups.Format;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Commits;
using Dendrite.Storage.History;
using Dendrite.Versioning;

namespace Dendrite.SchedulerService.Backups.Restoring;

/// <summary>
/// Brings timelines back, chunk by chunk: numbers first, then rows, then commits, whose digests may name numbers. Every
/// step is done once, whoever does it. One for each attempt; memory for one chunk and 24 bytes for each commit.
/// </summary>
internal sealed class TimelineRestorer(
    OperationWork work,
    BackupFiles files,
    RestorePlan plan,
    (RestoreStore Rows, RestoredNumbers Numbers, CommitDigests Digests) stores
)
{
    /// <summary>Versions handed out, and commits inserted, in one round trip.</summary>
    private const int PageCommits = 1_000;

    private const string Commits = BackupTables.Commits;

    private RestoreMaps maps = null!;

    /// <summary>What was read from the store.</summary>
    public long ReadBytes { get; private set; }

    private string Restore => work.Name.Operation;

    /// <summary>Everything but what makes it visible.</summary>
    /// <exception cref="DendriteException">DATA_DAMAGED: a chunk is not what it should be.</exception>
    public async Task<RestoreMaps> RestoreAsync(CancellationToken cancellationToken)
    {
        var sources = plan.Timelines.Select(line => line.Id).ToList();
        var timelines = await stores.Rows.BeginAsync(work.Project, Restore, sources, cancellationToken);
        if (timelines.Count != sources.Count)
        {
            throw new DendriteException(
                ErrorReason.OperationCancelled,
                "The restore was done or given up before; restore again."
            );
        }

        maps = new()
        {
            Timelines = timelines,
            Versions = await SettleVersionsAsync(cancellationToken),
            Streams = await SettleAsync(RestoredNumbers.Streams, cancellationToken),
            Datasets = await SettleAsync(RestoredNumbers.Datasets, cancellationToken),
        };
        foreach (var line in plan.Timelines)
        {
            await RestoreRowsAsync(line, cancellationToken);
        }

        foreach (var line in plan.Timelines)
        {
            await RestoreCommitsAsync(line, cancellationToken);
        }

        return maps;
    }

    private async Task<VersionMap> SettleVersionsAsync(CancellationToken cancellationToken)
    {
        var versions = new List<long>();
        foreach (var line in plan.Timelines)
        {
            await foreach (var (_, row) in ReadAsync(line, Commits, cancellationToken))
            {
                versions.Add(RowRestorer.NumberOf(row, "version"));
            }
        }

        versions.Sort();
        foreach (var page in versions.Chunk(PageCommits))
        {
            await stores.Rows.AddVersionsAsync(work.Project, Restore, page, cancellationToken);
        }

        return await stores.Rows.ReadVersionsAsync(work.Project, Restore, cancellationToken);
    }

    private async Task<IDictionary<long, long>> SettleAsync(NumberedTable table, CancellationToken cancellationToken)
    {
        var settled = await stores.Numbers.ReadAsync(work.Project, Restore, table, cancellationToken);
        foreach (var line in plan.Timelines)
        {
            await foreach (var (chunk, row) in ReadAsync(line, table.Name, cancellationToken))
            {
                var number = RowRestorer.NumberOf(row, table.Column);
                if (!Guid.TryParse(RowRestorer.TextOf(row, "uid"), out var uid))
                {
                    throw Damaged(chunk, new("a row has no uid"));
                }

                if (!settled.ContainsKey(number))
                {
                    settled[number] = await stores.Numbers.SettleAsync(
                        work.Project,
                        Restore,
                        table,
                        (number, uid),
                        cancellationToken
                    );
                }

                await KeepColumnsAsync(chunk, row, cancellationToken);
            }
        }

        return settled;
    }

    /// <summary>No column that is added later may get a number that a restored one has.</summary>
    private async Task KeepColumnsAsync(ChunkEntry chunk, JsonObject row, CancellationToken cancellationToken)
    {
        if (row["definition"]?["columns"] is not JsonArray columns)
        {
            return;
        }

        var highest = 0L;
        foreach (var column in columns.OfType<JsonObject>())
        {
            highest = Math.Max(highest, RowRestorer.NumberOf(column, "number"));
        }

        if (
            highest > int.MaxValue
            || !await stores.Numbers.KeepColumnAsync(work.Project, (int)highest, cancellationToken)
        )
        {
            throw Damaged(chunk, new($"a dataset has column number {highest}, which was never handed out"));
        }
    }

    private async Task RestoreRowsAsync(ManifestTimeline line, CancellationToken cancellationToken)
    {
        var done = await stores.Rows.ListChunksAsync(work.Project, Restore, line.Id, cancellationToken);
        for (var place = 0; place < line.Chunks.Count; place++)
        {
            var entry = line.Chunks[place];
            if (entry.Table == Commits || entry.FirstVersion > plan.ThroughOf(line.Id) || done.Contains(place))
            {
                continue;
            }

            var chunk = await OpenAsync(entry, cancellationToken);
            var restored = new RestoredChunk(Restore, line.Id, place);
            await Known(entry, () => InsertAsync(line, entry, chunk, restored, cancellationToken));
        }
    }

    private Task InsertAsync(
        ManifestTimeline line,
        ChunkEntry entry,
        Chunk chunk,
        RestoredChunk restored,
        CancellationToken cancellationToken
    )
    {
        var through = plan.ThroughOf(line.Id);
        if (entry.Table == BackupTables.Blocks)
        {
            var blocks = new BlockRestorer(chunk, through, maps).Read();
            var timeline = maps.Timelines[line.Id];
            return stores.Rows.InsertBlocksAsync(work.Project, restored, timeline, blocks, cancellationToken);
        }

        var rows = RowRestorer
            .Read(chunk, through)
            .Select(row => RowRestorer.Map(row, (entry.Table, work.Project.Value), (line.Id, through), maps));
        JsonArray mapped = [.. rows];
        return stores.Rows.InsertRowsAsync(work.Project, restored, entry.Table, mapped, cancellationToken);
    }

    private async Task RestoreCommitsAsync(ManifestTimeline line, CancellationToken cancellationToken)
    {
        var place = (maps.Timelines[line.Id], maps.Versions.Find(line.StartVersion) ?? CommitVersion.Zero);
        var page = new JsonArray();
        await foreach (var (chunk, row) in ReadAsync(line, Commits, cancellationToken))
        {
            page.Add(await CommitOfAsync(line, chunk, row, cancellationToken));
            if (page.Count == PageCommits)
            {
                await stores.Rows.InsertCommitsAsync(work.Project, Restore, place, page, cancellationToken);
                page = [];
            }
        }

        await stores.Rows.InsertCommitsAsync(work.Project, Restore, place, page, cancellationToken);
    }

    /// <summary>
    /// A commit as it was. Digests of merges and of datasets cover numbers, so those are what the rows make them now.
    /// </summary>
    private async Task<JsonObject> CommitOfAsync(
        ManifestTimeline line,
        ChunkEntry chunk,
        JsonObject row,
        CancellationToken cancellationToken
    )
    {
        var kindName = RowRestorer.TextOf(row, "kind");
        if (!Enum.TryParse<CommitKind>(kindName, ignoreCase: true, out var kind))
        {
            throw Damaged(chunk, new($"a commit is of no known kind"));
        }

        var source = RowRestorer.NumberOf(row, "version");
        var digest = RowRestorer.BytesOf(row, "digest");
        if (kind != CommitKind.Append)
        {
            digest =
                await stores.Digests.ComputeAsync(
                    work.Project,
                    maps.Timelines[line.Id],
                    maps.Versions[source],
                    kind,
                    cancellationToken
                ) ?? throw Damaged(chunk, new($"the rows of commit {source} contradict themselves"));
        }

        return new()
        {
            ["source_version"] = source,
            ["kind"] = kindName,
            ["author"] = RowRestorer.TextOf(row, "author"),
            ["message"] = RowRestorer.TextOf(row, "message"),
            ["commit_time"] = RowRestorer.TextOf(row, "commit_time"),
            ["digest"] = Convert.ToHexStringLower(digest),
            ["statistics"] = row["statistics"]?.DeepClone(),
        };
    }

    private async IAsyncEnumerable<(ChunkEntry Chunk, JsonObject Row)> ReadAsync(
        ManifestTimeline line,
        string table,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var entry in plan.Chunks(line).Where(chunk => chunk.Table == table))
        {
            var chunk = await OpenAsync(entry, cancellationToken);
            using var rows = RowRestorer.Read(chunk, plan.ThroughOf(line.Id)).GetEnumerator();
            while (await Known(entry, () => Task.FromResult(rows.MoveNext())))
            {
                yield return (entry, rows.Current);
            }
        }
    }

    private async Task<Chunk> OpenAsync(ChunkEntry entry, CancellationToken cancellationToken)
    {
        await work.TellAsync($"restoring {entry.Table}", ReadBytes, plan.TotalBytes, "bytes", cancellationToken);
        var chunk = await files.OpenAsync(entry, cancellationToken);
        ReadBytes += entry.Bytes;
        return chunk;
    }

    private Task Known(ChunkEntry entry, Func<Task> act) =>
        Known(
            entry,
            async () =>
            {
                await act();
                return true;
            }
        );

    /// <summary>What a chunk is found to be, by its name; also what the database does not take.</summary>
    private async Task<T> Known<T>(ChunkEntry entry, Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (BackupFormatException damage)
        {
            throw Damaged(entry, damage);
        }
        catch (Npgsql.PostgresException refused) when (refused.SqlState[..2] is "22" or "23")
        {
            throw Damaged(entry, new($"the database does not take its rows ({refused.MessageText})", null, refused));
        }
    }

    private DendriteException Damaged(ChunkEntry entry, BackupFormatException damage) =>
        BackupFiles.Damaged(files.Key(entry.Object).ToString(), damage.Message, damage);
}
