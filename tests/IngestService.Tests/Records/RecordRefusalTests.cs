using Dendrite.Contracts.Errors;
using Dendrite.Fixtures.BadInput;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Records;

/// <summary>Bad input to each call of records: its status, the field at fault, and nothing stored.</summary>
public sealed class RecordRefusalTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static readonly string Huge = new('x', 1_100_000);

    public static TheoryData<string, string, Action<V1.PutRecordsRequest>> Puts =>
        new()
        {
            { "INVALID_ARGUMENT", "parent", put => put.Parent = "" },
            { "INVALID_ARGUMENT", "parent", put => put.Parent = "projects/lab/branches/../datasets/x'; drop table" },
            { "PERMISSION_DENIED", "", put => put.Parent = put.Parent.Replace("/lab/", "/other/") },
            { "NOT_FOUND", "", put => put.Parent += "-gone" },
            { "INVALID_ARGUMENT", "records", put => put.Records.Clear() },
            { "INVALID_ARGUMENT", "records", put => put.Records.AddRange(Enumerable.Repeat(put.Records[0], 1_000)) },
            { "INVALID_ARGUMENT", "records[1]", put => put.Records.Add(put.Records[0].Clone()) },
            { "INVALID_ARGUMENT", "records[0].values.id", put => put.Records[0].Values = null },
            { "INVALID_ARGUMENT", "records[0].values.id", put => Set(put, "id", Value.ForString("")) },
            { "INVALID_ARGUMENT", "records[0].values.id", put => Set(put, "id", Value.ForString("A\0B")) },
            { "INVALID_ARGUMENT", "records[0].values.id", put => Set(put, "id", Value.ForNumber(1)) },
            { "FAILED_PRECONDITION", "records[0].values.id", put => Set(put, "id", Value.ForString("'; DROP TABLE")) },
            { "FAILED_PRECONDITION", "records[0].values.age", put => Set(put, "age", Value.ForNumber(-1)) },
            { "INVALID_ARGUMENT", "records[0].values.age", put => Set(put, "age", Value.ForNumber(1.5)) },
            { "INVALID_ARGUMENT", "records[0].values.age", put => Set(put, "age", Value.ForNumber(double.NaN)) },
            { "INVALID_ARGUMENT", "records[0].values.age", put => Set(put, "age", Value.ForList(Value.ForNull())) },
            { "INVALID_ARGUMENT", "records[0].values.mail", put => Set(put, "mail", Value.ForString(Huge)) },
            { "INVALID_ARGUMENT", "records[0].values.nope", put => Set(put, "nope", Value.ForNull()) },
            { "ABORTED", "", put => put.Records[0].IfVersion = 7 },
            { "INVALID_ARGUMENT", "commit_message", put => put.CommitMessage = new string('x', 1_001) },
            { "INVALID_ARGUMENT", "commit_message", put => put.CommitMessage = "a\u0007" },
            { "INVALID_ARGUMENT", "request_id", put => put.RequestId = "1" },
        };

    public static TheoryData<string, string, Action<V1.PatchRecordsRequest>> Patches =>
        new()
        {
            { "INVALID_ARGUMENT", "parent", patch => patch.Parent = "x" },
            { "INVALID_ARGUMENT", "patches", patch => patch.Patches.Clear() },
            { "INVALID_ARGUMENT", "patches[0].record_id", patch => patch.Patches[0].RecordId = "" },
            { "INVALID_ARGUMENT", "patches[0].record_id", patch => patch.Patches[0].RecordId = "a/../b" },
            { "INVALID_ARGUMENT", "patches[0].record_id", patch => patch.Patches[0].RecordId = "a,b" },
            { "INVALID_ARGUMENT", "patches[0].record_id", patch => patch.Patches[0].RecordId = Huge },
            { "NOT_FOUND", "", patch => patch.Patches[0].RecordId = "NOBODY" },
            { "INVALID_ARGUMENT", "patches[1]", patch => patch.Patches.Add(patch.Patches[0].Clone()) },
            { "INVALID_ARGUMENT", "patches[0].values", patch => patch.Patches[0].Values = Row(("id", "OTHER")) },
            { "FAILED_PRECONDITION", "patches[0].values.age", patch => patch.Patches[0].Values = Row(("age", 999)) },
            { "ABORTED", "", patch => patch.Patches[0].IfVersion = 1 },
        };

    public static TheoryData<string, string, Action<V1.CommitTransactionRequest>> Transactions =>
        new()
        {
            { "INVALID_ARGUMENT", "parent", commit => commit.Parent += "/datasets/x" },
            { "INVALID_ARGUMENT", "writes", commit => commit.Writes.Clear() },
            { "INVALID_ARGUMENT", "writes[0].dataset_id", commit => commit.Writes[0].DatasetId = "A B" },
            { "INVALID_ARGUMENT", "writes[1].dataset_id", commit => commit.Writes.Add(commit.Writes[0].Clone()) },
            { "NOT_FOUND", "", commit => commit.Writes[0].DatasetId = "nope" },
            {
                "INVALID_ARGUMENT",
                "writes[0].deletes[0]",
                commit => commit.Writes[0].Deletes.Add(new V1.RecordDelete { RecordId = "S2" })
            },
            { "ABORTED", "", commit => commit.IfHeadVersion = 1 },
        };

    public static TheoryData<string, string, Action<V1.QueryRecordsRequest>> Queries =>
        new()
        {
            { "INVALID_ARGUMENT", "parent", query => query.Parent = "projects/lab" },
            { "INVALID_ARGUMENT", "page_size", query => query.PageSize = -1 },
            { "INVALID_ARGUMENT", "page_token", query => query.PageToken = "%%%" },
            { "INVALID_ARGUMENT", "selection.filter", query => query.Selection.Filter = "nope = 1" },
            { "INVALID_ARGUMENT", "selection.filter", query => query.Selection.Filter = "age = 1; DROP TABLE x" },
            { "INVALID_ARGUMENT", "selection.filter", query => query.Selection.Filter = "age = abc" },
            { "INVALID_ARGUMENT", "order_by", query => query.OrderBy = "nope" },
            { "INVALID_ARGUMENT", "order_by", query => query.OrderBy = "age; drop table" },
            { "INVALID_ARGUMENT", "selection.columns[0]", query => query.Selection.Columns.Add("nope") },
            {
                "INVALID_ARGUMENT",
                "selection.key_prefix",
                query => query.Selection.KeyPrefix.AddRange([Value.ForString("a"), Value.ForString("b")])
            },
            { "INVALID_ARGUMENT", "selection.start_record_id", query => query.Selection.StartRecordId = "a,b,c" },
            { "INVALID_ARGUMENT", "at.version", query => query.At = new() { Version = -1 } },
            { "NOT_FOUND", "", query => query.At = new() { Version = long.MaxValue } },
        };

    [Theory]
    [MemberData(nameof(Puts))]
    [BadInputOf("PutRecords")]
    public async Task A_bad_put_is_refused(string status, string field, Action<V1.PutRecordsRequest> spoil)
    {
        var lab = await LabAsync();
        var request = new V1.PutRecordsRequest
        {
            Parent = lab.Name(Subjects),
            Records = { new V1.RecordPut { Values = Row(("id", "NEW")) } },
        };
        spoil(request);
        await RefusesAsync(lab, status, field, () => lab.Records.PutRecordsAsync(request, IngestFixture.Options));
    }

    [Theory]
    [MemberData(nameof(Patches))]
    [BadInputOf("PatchRecords")]
    public async Task A_bad_patch_is_refused(string status, string field, Action<V1.PatchRecordsRequest> spoil)
    {
        var lab = await LabAsync();
        var request = new V1.PatchRecordsRequest
        {
            Parent = lab.Name(Subjects),
            Patches =
            {
                new V1.RecordPatch { RecordId = "S1", Values = Row(("age", 2)) },
            },
        };
        spoil(request);
        await RefusesAsync(lab, status, field, () => lab.Records.PatchRecordsAsync(request, IngestFixture.Options));
    }

    [Theory]
    [MemberData(nameof(Transactions))]
    [BadInputOf("CommitTransaction")]
    public async Task A_bad_transaction_is_refused(
        string status,
        string field,
        Action<V1.CommitTransactionRequest> spoil
    )
    {
        var lab = await LabAsync();
        var request = new V1.CommitTransactionRequest
        {
            Parent = lab.Branch,
            Writes =
            {
                new V1.DatasetWrites
                {
                    DatasetId = Subjects,
                    Puts = { new V1.RecordPut { Values = Row(("id", "S2")) } },
                },
            },
        };
        spoil(request);
        await RefusesAsync(
            lab,
            status,
            field,
            () => lab.Records.CommitTransactionAsync(request, IngestFixture.Options)
        );
    }

    [Theory]
    [MemberData(nameof(Queries))]
    [BadInputOf("QueryRecords")]
    public async Task A_bad_query_is_refused(string status, string field, Action<V1.QueryRecordsRequest> spoil)
    {
        var lab = await LabAsync();
        var request = new V1.QueryRecordsRequest { Parent = lab.Name(Subjects), Selection = new() };
        spoil(request);
        await RefusesAsync(lab, status, field, () => lab.Records.QueryRecordsAsync(request, IngestFixture.Options));
    }

    [Theory]
    [InlineData("INVALID_ARGUMENT", "open.parent", "x", "", "")]
    [InlineData("INVALID_ARGUMENT", "open.csv.delimiter", null, "ab", "")]
    [InlineData("INVALID_ARGUMENT", "open.csv.delimiter", null, "\"", "")]
    [InlineData("INVALID_ARGUMENT", "open.csv.encoding", null, "", "klingon")]
    public async Task A_bad_load_is_refused(
        string status,
        string field,
        string? parent,
        string delimiter,
        string encoding
    )
    {
        var lab = await LabAsync();
        var open = lab.Csv(Subjects);
        open.Parent = parent ?? open.Parent;
        open.Csv = new() { Delimiter = delimiter, Encoding = encoding };
        var failure = await RefusedAsync(() => lab.LoadAsync(open, "id\nS9\n"));
        Assert.Equal((status, field), (StatusOf(failure), failure.FieldViolations[0].Field));
        Assert.Equal(["S1"], await lab.QueryAsync(Subjects));
    }

    private static void Set(V1.PutRecordsRequest put, string column, Value value) =>
        put.Records[0].Values.Fields[column] = value;

    private async Task<RecordLab> LabAsync()
    {
        var lab = await CreateAsync(fixture);
        await lab.PutAsync(Subjects, Row(("id", "S1"), ("age", 1)));
        return lab;
    }

    private static async Task RefusesAsync<T>(RecordLab lab, string status, string field, Func<AsyncUnaryCall<T>> call)
    {
        var failure = await RefusedAsync(() => call().ResponseAsync);

        Assert.Equal(status, StatusOf(failure));
        Assert.Equal(field, failure.FieldViolations.Select(violation => violation.Field).FirstOrDefault(""));
        Assert.Equal(["S1"], await lab.QueryAsync(Subjects));
        Assert.Equal(1, (await lab.GetAsync(Subjects, "S1")).Values.Fields["age"].NumberValue);
    }

    private static string StatusOf(Errors.DendriteException failure) =>
        ErrorStatus.CodeOf(failure.Reason) switch
        {
            StatusCode.InvalidArgument => "INVALID_ARGUMENT",
            StatusCode.NotFound => "NOT_FOUND",
            StatusCode.FailedPrecondition => "FAILED_PRECONDITION",
            StatusCode.PermissionDenied => "PERMISSION_DENIED",
            StatusCode.Aborted => "ABORTED",
            var other => other.ToString(),
        };
}
