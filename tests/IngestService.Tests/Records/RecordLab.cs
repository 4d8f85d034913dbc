using System.Text;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.IngestService.Tests.Records;

/// <summary>A branch of its own with two datasets: subjects, and their visits, which refer to them.</summary>
internal sealed class RecordLab(IngestFixture fixture, string branch)
{
    public const string Subjects = "subjects";
    public const string Visits = "visits";
    public const string Doses = "doses";

    public string Branch { get; } = $"projects/{IngestFixture.Project}/branches/{branch}";

    public V1.RecordService.RecordServiceClient Records => fixture.Records;

    public V1.DatasetService.DatasetServiceClient Datasets => fixture.Datasets;

    public static async Task<RecordLab> CreateAsync(IngestFixture fixture)
    {
        var lab = new RecordLab(fixture, await fixture.ForkAsync());
        await lab.CreateAsync(Subjects, SubjectsDataset());
        await lab.CreateAsync(Visits, VisitsDataset());
        return lab;
    }

    public static V1.Dataset SubjectsDataset() =>
        new()
        {
            Columns =
            {
                new V1.Column
                {
                    Column_ = "id",
                    Type = V1.ColumnType.Text,
                    Pattern = "[A-Z0-9-]+",
                },
                new V1.Column
                {
                    Column_ = "age",
                    Type = V1.ColumnType.Integer,
                    Minimum = Value.ForNumber(0),
                    Maximum = Value.ForNumber(120),
                },
                new V1.Column { Column_ = "mail", Type = V1.ColumnType.Text },
                new V1.Column
                {
                    Column_ = "sex",
                    Type = V1.ColumnType.Enum,
                    AllowedValues = { Value.ForString("F"), Value.ForString("M") },
                    DefaultValue = Value.ForString("F"),
                },
            },
            KeyColumns = { "id" },
            Constraints =
            {
                new V1.Constraint
                {
                    Constraint_ = "one_mail",
                    Unique = new() { Columns = { "mail" } },
                },
            },
        };

    public static V1.Dataset VisitsDataset() =>
        new()
        {
            Columns =
            {
                new V1.Column { Column_ = "subject", Type = V1.ColumnType.Text },
                new V1.Column { Column_ = "visit", Type = V1.ColumnType.Integer },
                new V1.Column
                {
                    Column_ = "weight",
                    Type = V1.ColumnType.Decimal,
                    DecimalDigits = 1,
                },
                new V1.Column { Column_ = "day", Type = V1.ColumnType.Date },
            },
            KeyColumns = { "subject", "visit" },
            Constraints =
            {
                new V1.Constraint
                {
                    Constraint_ = "of_subject",
                    Reference = new() { Columns = { "subject" }, DatasetId = Subjects },
                },
            },
        };

    /// <summary>Whose key has no text.</summary>
    public static V1.Dataset DosesDataset() =>
        new()
        {
            Columns =
            {
                new V1.Column { Column_ = "given", Type = V1.ColumnType.Boolean },
                new V1.Column { Column_ = "dose", Type = V1.ColumnType.Double },
            },
            KeyColumns = { "given", "dose" },
        };

    public string Name(string dataset) => $"{Branch}/datasets/{dataset}";

    public async Task<V1.CreateDatasetResponse> CreateAsync(string id, V1.Dataset dataset) =>
        await fixture.Datasets.CreateDatasetAsync(
            new()
            {
                Parent = Branch,
                DatasetId = id,
                Dataset = dataset,
            },
            IngestFixture.Options
        );

    public static Struct Row(params (string Column, object? Value)[] cells)
    {
        var row = new Struct();
        foreach (var (column, value) in cells)
        {
            row.Fields.Add(
                column,
                value switch
                {
                    null => Value.ForNull(),
                    string text => Value.ForString(text),
                    bool flag => Value.ForBool(flag),
                    _ => Value.ForNumber(Convert.ToDouble(value)),
                }
            );
        }

        return row;
    }

    public async Task<V1.PutRecordsResponse> PutAsync(string dataset, params Struct[] rows)
    {
        var request = new V1.PutRecordsRequest { Parent = Name(dataset) };
        request.Records.AddRange(rows.Select(row => new V1.RecordPut { Values = row }));
        return await Records.PutRecordsAsync(request, IngestFixture.Options);
    }

    public async Task<V1.Record> GetAsync(string dataset, string id, long? at = null) =>
        (
            await Records.GetRecordAsync(
                new()
                {
                    Name = $"{Name(dataset)}/records/{id}",
                    At = at is { } version ? new() { Version = version } : null,
                },
                IngestFixture.Options
            )
        ).Record;

    public async Task<IReadOnlyList<string>> QueryAsync(string dataset, string filter = "", string orderBy = "")
    {
        var request = new V1.QueryRecordsRequest
        {
            Parent = Name(dataset),
            Selection = new() { Filter = filter },
            OrderBy = orderBy,
            PageSize = 2,
        };
        var ids = new List<string>();
        do
        {
            var page = await Records.QueryRecordsAsync(request, IngestFixture.Options);
            ids.AddRange(page.Records.Select(record => record.Name[(record.Name.LastIndexOf('/') + 1)..]));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);
        return ids;
    }

    public Task<V1.LoadRecordsResponse> LoadAsync(V1.LoadOpen open, string document) =>
        LoadAsync(open, Encoding.UTF8.GetBytes(document));

    public async Task<V1.LoadRecordsResponse> LoadAsync(V1.LoadOpen open, byte[] document)
    {
        using var call = Records.LoadRecords(IngestFixture.Options);
        try
        {
            await call.RequestStream.WriteAsync(new() { Open = open });
            foreach (var piece in document.Chunk(1 << 16))
            {
                await call.RequestStream.WriteAsync(new() { Data = ByteString.CopyFrom(piece) });
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException or IOException)
        {
            // Refused before the last message: the answer says why.
        }

        return await call;
    }

    public V1.LoadOpen Csv(string dataset) => new() { Parent = Name(dataset), Format = V1.RecordFormat.Csv };

    public async Task<string> ExportAsync(string dataset, V1.RecordFormat format)
    {
        var request = new V1.ExportRecordsRequest { Parent = Name(dataset), Format = format };
        using var call = Records.ExportRecords(request, IngestFixture.Options);
        var bytes = new MemoryStream();
        await foreach (var piece in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            bytes.Write(piece.Data.Span);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>The error that a call ends with.</summary>
    public static async Task<DendriteException> RefusedAsync<T>(Func<Task<T>> call)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(call);
        return ErrorStatus.FromRpcException(failure) ?? throw failure;
    }
}
