using System.Collections.Immutable;
using System.Text;
using Dendrite.BranchService.Merging;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>
/// A branch with two datasets as Ingest leaves them: <c>subject</c> (id, age 0 to 120, arm, code unique) and
/// <c>visit</c> (id, subject refers to a subject). Its names begin with the test's own word.
/// </summary>
internal sealed class Trial
{
    private readonly BranchServiceFixture fixture;
    private readonly string word;
    private readonly Dictionary<string, DatasetId> datasets = [];

    private Trial(BranchServiceFixture fixture, string word) => (this.fixture, this.word) = (fixture, word);

    public static DatasetDefinition Subject { get; } =
        new()
        {
            Columns =
            [
                new(1, "id", CellType.Text) { Required = true },
                new(2, "age", CellType.Integer)
                {
                    Minimum = CellValue.OfInteger(0),
                    Maximum = CellValue.OfInteger(120),
                },
                new(3, "arm", CellType.Text),
                new(4, "code", CellType.Text),
            ],
            Key = [1],
            Constraints = [new UniqueConstraint("one_code", [4])],
        };

    public static DatasetDefinition Visit { get; } =
        new()
        {
            Columns = [new(1, "id", CellType.Text) { Required = true }, new(2, "subject", CellType.Text)],
            Key = [1],
            Constraints = [new ReferenceConstraint("of_subject", [2], "subject")],
        };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Branch <c>{word}-target</c> with subjects s1 and s2, and <c>{word}-source</c> forked from it.</summary>
    public static async Task<Trial> CreateAsync(BranchServiceFixture fixture, string word)
    {
        var trial = new Trial(fixture, word);
        await fixture.CreateAsync($"{word}-target");
        var store = new DatasetStore(fixture.Ingest);
        List<DatasetChange> made = [];
        foreach (var (name, definition) in new[] { ("subject", Subject), ("visit", Visit) })
        {
            var id = await store.AllocateAsync(fixture.LabProject, Token);
            trial.datasets[name] = id;
            made.Add(Change(id, name, definition));
        }

        await trial.CommitAsync("target", new("tests", "datasets") { Datasets = made });
        await trial.PutAsync("target", ("s1", 40, "placebo", "c1"), ("s2", 50, "active", "c2"));
        await fixture.CreateAsync($"{word}-source", new() { Branch = trial.Branch("target") });
        return trial;
    }

    public string Branch(string side) => $"projects/lab/branches/{word}-{side}";

    public V1.MergePair Pair => new() { Source = Branch("source"), Target = Branch("target") };

    public Task<long> PutAsync(
        string side,
        params IReadOnlyList<(string Id, int? Age, string? Arm, string? Code)> rows
    ) => CommitAsync(side, new("tests", "subjects") { Records = [.. rows.Select(Row)] });

    public Task<long> PutVisitAsync(string side, string id, string subject) =>
        CommitAsync(side, new("tests", "visit") { Records = [Record("visit", Visit, Text(id), Text(subject))] });

    public Task<long> DeleteAsync(string side, string id) => DeleteAsync(side, "subject", id);

    public Task<long> DefineAsync(string side, DatasetDefinition definition, string dataset = "subject") =>
        CommitAsync(side, new("tests", "schema") { Datasets = [Change(datasets[dataset], dataset, definition)] });

    /// <summary>Makes a dataset, also one of a name that another had before.</summary>
    public async Task<long> MakeAsync(string side, string dataset, DatasetDefinition definition)
    {
        datasets[dataset] = await new DatasetStore(fixture.Ingest).AllocateAsync(fixture.LabProject, Token);
        return await CommitAsync(
            side,
            new("tests", "made") { Datasets = [Change(datasets[dataset], dataset, definition)] }
        );
    }

    /// <summary>Deletes a dataset with its records, as Ingest does.</summary>
    public async Task<long> DropAsync(string side, string dataset)
    {
        var found = await FindDatasetAsync(side, dataset);
        var change = new DatasetChange(found!.Id, found.Uid, dataset, found.Definition)
        {
            CreateVersion = found.CreateVersion,
            Deleted = true,
        };
        return await CommitAsync(side, new("tests", "dropped") { Datasets = [change] });
    }

    /// <summary>Writes a record whose columns are all texts.</summary>
    public Task<long> PutTextsAsync(
        string side,
        string dataset,
        DatasetDefinition definition,
        params IReadOnlyList<string?> cells
    ) => PutCellsAsync(side, dataset, definition, [.. cells.Select(Text)]);

    /// <summary>Writes a record.</summary>
    public Task<long> PutCellsAsync(
        string side,
        string dataset,
        DatasetDefinition definition,
        params ImmutableArray<CellValue?> cells
    ) => CommitAsync(side, new("tests", dataset) { Records = [Record(dataset, definition, cells)] });

    /// <summary>Deletes a record whose key is a text.</summary>
    public Task<long> DeleteAsync(string side, string dataset, string id) =>
        CommitAsync(side, new("tests", "gone") { Records = [new(datasets[dataset], Key(id), null)] });

    /// <summary>The live dataset of that name; null where there is none.</summary>
    public async Task<DatasetRecord?> FindDatasetAsync(string side, string dataset)
    {
        return await new DatasetStore(fixture.Ingest).FindAsync(await ViewAsync(side), dataset, Token);
    }

    /// <summary>What a live dataset is defined as.</summary>
    public async Task<DatasetDefinition> DefinitionAsync(string side, string dataset) =>
        DefinitionJson.Read(Encoding.UTF8.GetString((await FindDatasetAsync(side, dataset))!.Definition.Span));

    /// <summary>What a branch sees, for reads behind the service's back.</summary>
    public async Task<RecordView> ViewAsync(string side, SnapshotPoint? point = null) =>
        new(fixture.LabProject, (await HeadAsync(side, point)).Snapshot);

    /// <summary>All subjects of a branch, such as <c>s1 40 placebo c1</c>.</summary>
    /// <param name="point">Which state; null: the head.</param>
    public Task<IReadOnlyList<string>> SubjectsAsync(string side, SnapshotPoint? point = null) =>
        RecordsAsync(side, "subject", Subject, point);

    /// <summary>All records of a dataset, cell by cell; none where the branch does not have it.</summary>
    public async Task<IReadOnlyList<string>> RecordsAsync(
        string side,
        string dataset,
        DatasetDefinition definition,
        SnapshotPoint? point = null
    )
    {
        var view = await ViewAsync(side, point);
        if (await new DatasetStore(fixture.Ingest).FindAsync(view, dataset, Token) is not { } found)
        {
            return [];
        }

        var rows = new List<string>();
        await foreach (var row in new RecordReader(fixture.Ingest).ScanAsync(view, new(found.Id), Token))
        {
            var cells = RecordCells.Read(definition, row.Document!.Value);
            rows.Add(string.Join(' ', cells.Values.Select(value => value?.ToText() ?? "-")));
        }

        return [.. rows.Order(StringComparer.Ordinal)];
    }

    public async Task<long> HeadVersionAsync(string side) => (await HeadAsync(side)).Version.Value;

    private async Task<long> CommitAsync(string side, RecordCommit commit)
    {
        var head = await HeadAsync(side);
        var receipt = await new RecordWriter(fixture.Ingest).TryCommitAsync(fixture.LabProject, head, commit, Token);
        return receipt!.Version.Value;
    }

    private Task<BranchSnapshot> HeadAsync(string side, SnapshotPoint? point = null) =>
        new SnapshotReader(fixture.Ingest).ReadAsync(
            fixture.LabProject,
            $"{word}-{side}",
            point ?? SnapshotPoint.Head,
            Token
        );

    private RecordChange Row((string Id, int? Age, string? Arm, string? Code) row) =>
        Record(
            "subject",
            Subject,
            Text(row.Id),
            row.Age is { } age ? CellValue.OfInteger(age) : null,
            Text(row.Arm),
            Text(row.Code)
        );

    private RecordChange Record(string dataset, DatasetDefinition definition, params ImmutableArray<CellValue?> values)
    {
        var cells = new RecordCells(definition, values);
        return new(datasets[dataset], cells.EncodeKey(), Encoding.UTF8.GetBytes(cells.ToDocument().ToJson()))
        {
            Lookups = MergedRecord.LookupsOf(cells),
        };
    }

    private static DatasetChange Change(DatasetId id, string name, DatasetDefinition definition) =>
        new(
            id,
            new Guid((int)id.Value, 0, 0, new byte[8]),
            name,
            Encoding.UTF8.GetBytes(DefinitionJson.Write(definition))
        );

    private static byte[] Key(string id) => RecordKey.Encode(CellValue.OfText(id));

    private static CellValue? Text(string? text) => text is null ? null : CellValue.OfText(text);
}
