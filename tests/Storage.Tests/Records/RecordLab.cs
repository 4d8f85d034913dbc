using System.Globalization;
using System.Text;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;

namespace Dendrite.Storage.Tests.Records;

/// <summary>A project with one dataset, written as Ingest does.</summary>
internal sealed class RecordLab
{
    private RecordLab(Lab lab, PlatformDatabase database)
    {
        Lab = lab;
        Database = database;
        Datasets = new(database);
        Reader = new(database);
        Writer = new(database);
    }

    public Lab Lab { get; }

    public PlatformDatabase Database { get; }

    public DatasetStore Datasets { get; }

    public RecordReader Reader { get; }

    public RecordWriter Writer { get; }

    public DatasetId Dataset { get; private set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A new project of that name. Its one dataset is only a number: rows ask for no more.</summary>
    public static async Task<RecordLab> CreateAsync(TestDatabase database, string name)
    {
        var lab = new RecordLab(await Lab.CreateAsync(database, name), new(database.Ingest));
        lab.Dataset = await lab.Datasets.AllocateAsync(lab.Lab.Project, Token);
        return lab;
    }

    public static ReadOnlyMemory<byte> Key(string text) => Encoding.UTF8.GetBytes(text);

    public static ReadOnlyMemory<byte> Key(int number) => Key(number.ToString("D8", CultureInfo.InvariantCulture));

    public static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

    /// <summary>A document whose one cell is the value.</summary>
    public static ReadOnlyMemory<byte> Document(string value) => Encoding.UTF8.GetBytes($$"""{"1": "{{value}}"}""");

    public RecordChange Put(string key, string value) => new(Dataset, Key(key), Document(value));

    public RecordChange Delete(string key) => new(Dataset, Key(key), null);

    public Task<BranchSnapshot> HeadAsync(string branch) =>
        Lab.Snapshots.ReadAsync(Lab.Project, branch, SnapshotPoint.Head, Token);

    public async Task<RecordView> ViewAsync(string branch, SnapshotPoint? point = null) =>
        RecordView.Of(
            Lab.Project,
            await Lab.Snapshots.ReadAsync(Lab.Project, branch, point ?? SnapshotPoint.Head, Token)
        );

    public async Task<CommitReceipt> CommitAsync(string branch, params IReadOnlyList<RecordChange> changes)
    {
        var head = await HeadAsync(branch);
        var commit = new RecordCommit("tests", "") { Records = changes };
        return await Writer.TryCommitAsync(Lab.Project, head, commit, Token)
            ?? throw new InvalidOperationException("Another writer was faster.");
    }

    /// <summary>The live records by a scan, key to document.</summary>
    public async Task<SortedDictionary<string, string>> ScanAsync(RecordView view)
    {
        var records = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var record in Reader.ScanAsync(view, new(Dataset), Token))
        {
            records.Add(Text(record.Key), Text(record.Document!.Value));
        }

        return records;
    }

    /// <summary>The live record of a key by a point read; null where there is none.</summary>
    public async Task<string?> FindAsync(RecordView view, string key)
    {
        var found = await Reader.GetAsync(view, Dataset, [Key(key)], Token);
        return found[0]?.Document is { } document ? Text(document) : null;
    }
}
