using Dendrite.Fixtures.BadInput;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Records;

/// <summary>Bad arguments to the calls that read records: the status, the field at fault, and nothing stored.</summary>
public sealed class RecordReadRefusalTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static readonly string TenMegabytes = new('x', 10_000_000);

    public static TheoryData<Refusal, Action<V1.GetRecordRequest>> Gets =>
        new()
        {
            { Invalid("name"), get => get.Name = "" },
            { Invalid("name"), get => get.Name = "S1" },
            { Invalid("name"), get => get.Name = get.Name.Replace("/S1", "/") },
            { Invalid("name"), get => get.Name = get.Name.Replace("/S1", "/../S1") },
            { Invalid("name"), get => get.Name += "'; DROP TABLE records.row; --" },
            { Invalid("name"), get => get.Name += "\0" },
            { Invalid("name"), get => get.Name += "%00" },
            { Invalid("name"), get => get.Name += "%C3%28" },
            { Invalid("name"), get => get.Name += "%4" },
            { Invalid("name"), get => get.Name += ",1" },
            { Invalid("name"), get => get.Name += new string('x', 3_073) },
            { Invalid("name"), get => get.Name += new string('x', 1_100) },
            { Of(StatusCode.ResourceExhausted), get => get.Name += TenMegabytes },
            { Of(StatusCode.PermissionDenied), get => get.Name = get.Name.Replace("/lab/", "/other/") },
            { Of(StatusCode.NotFound), get => get.Name = get.Name.Replace("/branches/", "/branches/no-") },
            { Of(StatusCode.NotFound), get => get.Name = get.Name.Replace("/subjects/", "/nowhere/") },
            { Of(StatusCode.NotFound), get => get.Name += "X" },
            { Of(StatusCode.NotFound), get => get.Name += "%27%3B%20DROP%20TABLE" },
            { Invalid("at.version"), get => get.At = new() { Version = -1 } },
            { Of(StatusCode.NotFound), get => get.At = new() { Version = long.MaxValue } },
            { Invalid("at.tag"), get => get.At = new() { Tag = "../tags/v1" } },
            { Invalid("at.instant"), get => get.At = new() { Instant = new() { Seconds = long.MinValue } } },
        };

    public static TheoryData<Refusal, Action<V1.ExportRecordsRequest>> Exports =>
        new()
        {
            { Invalid("parent"), export => export.Parent = "" },
            { Invalid("parent"), export => export.Parent += "/records/S1" },
            { Invalid("parent"), export => export.Parent += "\u001b[2J" },
            { Of(StatusCode.ResourceExhausted), export => export.Parent = TenMegabytes },
            { Of(StatusCode.PermissionDenied), export => export.Parent = "projects/other/branches/main/datasets/d" },
            { Of(StatusCode.NotFound), export => export.Parent += "-gone" },
            { Invalid("format"), export => export.Format = V1.RecordFormat.Unspecified },
            { Invalid("format"), export => export.Format = (V1.RecordFormat)99 },
            { Invalid("csv.delimiter"), export => export.Csv = new() { Delimiter = "ab" } },
            { Invalid("csv.delimiter"), export => export.Csv = new() { Delimiter = "\n" } },
            { Invalid("csv.delimiter"), export => export.Csv = new() { Delimiter = "\"" } },
            { Invalid("csv.encoding"), export => export.Csv = new() { Encoding = "klingon" } },
            { Invalid("csv.encoding"), export => export.Csv = new() { Encoding = "utf-7" } },
            { Invalid("csv.encoding"), export => export.Csv = new() { Encoding = "../utf-8\0" } },
            { Invalid("csv.null_values"), export => export.Csv = new() { NullValues = { Many } } },
            { Invalid("selection.filter"), export => Select(export).Filter = "nope = 1" },
            { Invalid("selection.filter"), export => Select(export).Filter = "age = 1' OR '1'='1" },
            { Invalid("selection.filter"), export => Select(export).Filter = "age = old" },
            { Invalid("selection.filter"), export => Select(export).Filter = "mail = \"\0\"" },
            { Invalid("selection.columns"), export => Select(export).Columns.Add("mail") },
            { Invalid("selection.columns[0]"), export => Select(export).Columns.Add("id; DROP TABLE records.row") },
            { Invalid("selection.columns[1]"), export => Select(export).Columns.Add(["id", "id"]) },
            { Invalid("selection.start_record_id"), export => Select(export).StartRecordId = "a,b" },
            { Invalid("selection.end_record_id"), export => Select(export).EndRecordId = "a/../b" },
            { Invalid("selection.end_record_id"), export => Select(export).EndRecordId = TenMegabytes[..1_000_000] },
            {
                Invalid("selection.key_prefix"),
                export => Select(export).KeyPrefix.Add([Value.ForString("a"), Value.ForString("b")])
            },
            { Invalid("selection.key_prefix[0]"), export => Select(export).KeyPrefix.Add(Value.ForNull()) },
            { Invalid("selection.key_prefix[0]"), export => Select(export).KeyPrefix.Add(new Value()) },
            { Invalid("selection.key_prefix[0]"), export => Select(export).KeyPrefix.Add(Value.ForString("a\0")) },
            { Invalid("at.version"), export => export.At = new() { Version = 0 } },
            { Invalid("at.tag"), export => export.At = new() { Tag = "projects/other/tags/v1" } },
        };

    private static IEnumerable<string> Many => Enumerable.Range(0, 101).Select(i => $"NA{i}");

    [Theory]
    [MemberData(nameof(Gets))]
    [BadInputOf("GetRecord")]
    public async Task A_bad_get_is_refused(Refusal refusal, Action<V1.GetRecordRequest> spoil)
    {
        var lab = await LabAsync();
        var request = new V1.GetRecordRequest { Name = $"{lab.Name(Subjects)}/records/S1" };
        spoil(request);
        Assert.Equal(
            refusal,
            await fixture.RefusalOfAsync(() => lab.Records.GetRecordAsync(request, IngestFixture.Options))
        );
    }

    [Theory]
    [MemberData(nameof(Exports))]
    [BadInputOf("ExportRecords")]
    public async Task A_bad_export_is_refused_before_its_first_piece(
        Refusal refusal,
        Action<V1.ExportRecordsRequest> spoil
    )
    {
        var lab = await LabAsync();
        var request = new V1.ExportRecordsRequest { Parent = lab.Name(Subjects), Format = V1.RecordFormat.Csv };
        spoil(request);
        var actual = await Refusal.OfAsync(
            async () =>
            {
                using var call = lab.Records.ExportRecords(request, IngestFixture.Options);
                await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
            },
            fixture.CountAllAsync
        );
        Assert.Equal(refusal, actual);
    }

    private static V1.RecordSelection Select(V1.ExportRecordsRequest export) => export.Selection ??= new();

    private async Task<RecordLab> LabAsync()
    {
        var lab = await CreateAsync(fixture);
        await lab.PutAsync(Subjects, Row(("id", "S1"), ("age", 1)));
        return lab;
    }
}
