using System.Globalization;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests.Records;

/// <summary>
/// Writes records through the services, as a lab does. The names of its branches begin with the test's own word, and
/// its dataset is <c>subject</c>: id (text, key), age (integer), arm (text).
/// </summary>
public sealed class RecordBench(ComparisonFixture lab, string word)
{
    public const string Dataset = "subject";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private CallOptions Options => new(lab.Key, cancellationToken: Token);

    public string Branch(string branch) => $"projects/lab/branches/{word}-{branch}";

    /// <summary>Branch <c>a</c> with some subjects, and <c>b</c> forked from it.</summary>
    public async Task StartAsync(params (string Id, int? Age, string? Arm)[] subjects)
    {
        await ForkAsync("a");
        await CreateDatasetAsync("a");
        if (subjects.Length > 0)
        {
            await PutAsync("a", subjects);
        }

        await ForkAsync("b", "a");
    }

    public Task ForkAsync(string branch, string? from = null) =>
        lab
            .Branches.CreateBranchAsync(
                new()
                {
                    Parent = "projects/lab",
                    BranchId = $"{word}-{branch}",
                    Source = new() { Branch = from is null ? "projects/lab/branches/main" : Branch(from) },
                },
                Options
            )
            .ResponseAsync;

    public async Task CreateDatasetAsync(string branch, string name = Dataset, params Column[] columns)
    {
        var dataset = new Dataset { KeyColumns = { "id" } };
        dataset.Columns.AddRange(columns.Length > 0 ? columns : SubjectColumns);
        var request = new CreateDatasetRequest
        {
            Parent = Branch(branch),
            DatasetId = name,
            Dataset = dataset,
        };
        await lab.Datasets.CreateDatasetAsync(request, Options);
    }

    public Task DeleteDatasetAsync(string branch, string name = Dataset) =>
        lab.Datasets.DeleteDatasetAsync(new() { Name = $"{Branch(branch)}/datasets/{name}" }, Options).ResponseAsync;

    public async Task ChangeAsync(string branch, params SchemaChange[] changes)
    {
        var request = new ChangeSchemaRequest { Name = $"{Branch(branch)}/datasets/{Dataset}" };
        request.Changes.AddRange(changes);
        await lab.Datasets.ChangeSchemaAsync(request, Options);
    }

    public Task<long> PutAsync(string branch, params (string Id, int? Age, string? Arm)[] subjects) =>
        PutAsync(branch, Dataset, subjects);

    /// <summary>Puts records of a dataset with the columns of <c>subject</c>.</summary>
    public Task<long> PutAsync(string branch, string dataset, params (string Id, int? Age, string? Arm)[] subjects) =>
        PutAsync(
            branch,
            dataset,
            [
                .. subjects.Select(subject => new Dictionary<string, Value>
                {
                    ["id"] = Value.ForString(subject.Id),
                    ["age"] = subject.Age is { } age ? Value.ForNumber(age) : Value.ForNull(),
                    ["arm"] = subject.Arm is { } arm ? Value.ForString(arm) : Value.ForNull(),
                }),
            ]
        );

    public Task<long> PutAsync(string branch, params Dictionary<string, Value>[] rows) =>
        PutAsync(branch, Dataset, rows);

    private async Task<long> PutAsync(string branch, string dataset, Dictionary<string, Value>[] rows)
    {
        var request = new PutRecordsRequest { Parent = $"{Branch(branch)}/datasets/{dataset}" };
        request.Records.AddRange(rows.Select(row => new RecordPut { Values = new() { Fields = { row } } }));
        return (await lab.Records.PutRecordsAsync(request, Options)).Version;
    }

    /// <summary>Puts a record of which only the age is said.</summary>
    public Task<long> PutAgeAsync(string branch, string id, int age) =>
        PutAsync(
            branch,
            new Dictionary<string, Value> { ["id"] = Value.ForString(id), ["age"] = Value.ForNumber(age) }
        );

    public async Task<long> DeleteAsync(string branch, params string[] ids)
    {
        var request = new DeleteRecordsRequest { Parent = $"{Branch(branch)}/datasets/{Dataset}" };
        request.Deletes.AddRange(ids.Select(id => new RecordDelete { RecordId = id }));
        return (await lab.Records.DeleteRecordsAsync(request, Options)).Version;
    }

    /// <summary>Merges a branch into another, and leaves both.</summary>
    public Task MergeAsync(string source, string target) =>
        lab
            .Merges.MergeBranchAsync(
                new()
                {
                    Pair = new() { Source = Branch(source), Target = Branch(target) },
                },
                Options
            )
            .ResponseAsync;

    public Comparand Between(string from, string to) =>
        new()
        {
            From = new() { Branch = Branch(from) },
            To = new() { Branch = Branch(to) },
        };

    public async Task<DiffBranchesResponse> DiffAsync(Comparand comparand, string filter = "") =>
        await lab.Comparison.DiffBranchesAsync(
            new()
            {
                Project = "projects/lab",
                Comparand = comparand,
                Filter = filter,
            },
            Options
        );

    /// <summary>All records that differ, by pages of a size.</summary>
    public async Task<IReadOnlyList<RecordDifference>> ListAsync(
        Comparand comparand,
        string filter = "",
        int pageSize = 0
    )
    {
        var request = new ListRecordDifferencesRequest
        {
            Project = "projects/lab",
            Comparand = comparand,
            Filter = filter,
            PageSize = pageSize,
        };
        List<RecordDifference> all = [];
        do
        {
            var page = await lab.Comparison.ListRecordDifferencesAsync(request, Options);
            all.AddRange(page.Differences);
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);
        return all;
    }

    public async Task<IReadOnlyList<RecordDifference>> StreamAsync(Comparand comparand)
    {
        var request = new StreamRecordDifferencesRequest { Project = "projects/lab", Comparand = comparand };
        using var call = lab.Comparison.StreamRecordDifferences(request, Options);
        List<RecordDifference> all = [];
        await foreach (var message in call.ResponseStream.ReadAllAsync(Token))
        {
            all.AddRange(message.Differences);
        }

        return all;
    }

    /// <summary>A difference on one line: <c>~ s1 age 40 to 41</c>.</summary>
    public static string Show(RecordDifference difference)
    {
        var mark = difference.Side switch
        {
            DiffSide.OnlyFrom => '-',
            DiffSide.OnlyTo => '+',
            _ => '~',
        };
        var cells = difference.Cells.Select(cell => $"{cell.Column} {Show(cell.From)} to {Show(cell.To)}");
        return string.Join(", ", cells.Prepend($"{mark} {difference.RecordId}"));
    }

    private static string Show(Value? value) =>
        value?.KindCase switch
        {
            null => "nothing",
            Value.KindOneofCase.NumberValue => value.NumberValue.ToString(CultureInfo.InvariantCulture),
            Value.KindOneofCase.StringValue => value.StringValue,
            Value.KindOneofCase.BoolValue => value.BoolValue ? "true" : "false",
            _ => "null",
        };

    private static Column[] SubjectColumns =>
        [
            new()
            {
                Column_ = "id",
                Type = ColumnType.Text,
                Required = true,
            },
            new() { Column_ = "age", Type = ColumnType.Integer },
            new() { Column_ = "arm", Type = ColumnType.Text },
        ];
}
