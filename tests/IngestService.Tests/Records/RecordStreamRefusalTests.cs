using Dendrite.Fixtures.BadInput;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;
using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Records;

/// <summary>Bad deletes, and bad messages to the calls that take many: refused whole, and nothing stored.</summary>
public sealed class RecordStreamRefusalTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static readonly string Huge = new('x', 1_100_000);

    public static TheoryData<Refusal, Action<V1.DeleteRecordsRequest>> Deletes =>
        new()
        {
            { Invalid("parent"), delete => delete.Parent = "" },
            { Invalid("parent"), delete => delete.Parent += "'; DROP TABLE records.row; --" },
            { Invalid("parent"), delete => delete.Parent += "/records/S1" },
            { Of(StatusCode.PermissionDenied), delete => delete.Parent = "projects/other/branches/main/datasets/d" },
            { Of(StatusCode.NotFound), delete => delete.Parent += "-gone" },
            { Invalid("deletes"), delete => delete.Deletes.Clear() },
            { Invalid("deletes"), delete => delete.Deletes.Add(Enumerable.Repeat(delete.Deletes[0], 1_000)) },
            { Invalid("deletes[1]"), delete => delete.Deletes.Add(delete.Deletes[0].Clone()) },
            { Invalid("deletes[0].record_id"), delete => delete.Deletes[0].RecordId = "" },
            { Invalid("deletes[0].record_id"), delete => delete.Deletes[0].RecordId = "../S1" },
            { Invalid("deletes[0].record_id"), delete => delete.Deletes[0].RecordId = "S1,1" },
            { Invalid("deletes[0].record_id"), delete => delete.Deletes[0].RecordId = "S1%00" },
            { Invalid("deletes[0].record_id"), delete => delete.Deletes[0].RecordId = "S1'; --" },
            { Invalid("deletes[0].record_id"), delete => delete.Deletes[0].RecordId = Huge },
            { Of(StatusCode.NotFound), delete => delete.Deletes[0].RecordId = "NOBODY" },
            { Of(StatusCode.NotFound), delete => delete.Deletes.Add(new V1.RecordDelete { RecordId = "NOBODY" }) },
            { Of(StatusCode.Aborted), delete => delete.Deletes[0].IfVersion = 7 },
            { Of(StatusCode.Aborted), delete => delete.Deletes[0].IfVersion = 0 },
            { Of(StatusCode.Aborted), delete => delete.Deletes[0].IfVersion = long.MinValue },
            // A visit refers to it.
            { Constraint("deletes[0]"), delete => delete.Deletes[0].RecordId = "S2" },
            { Invalid("commit_message"), delete => delete.CommitMessage = new string('x', 1_001) },
            { Invalid("commit_message"), delete => delete.CommitMessage = "\u001b[2J" },
            { Invalid("request_id"), delete => delete.RequestId = "1 OR 1=1" },
            { Of(StatusCode.ResourceExhausted), delete => delete.CommitMessage = new string('x', 10_000_000) },
        };

    public static TheoryData<Refusal, Action<List<V1.UpsertRecordsRequest>>> Upserts =>
        new()
        {
            { Of(StatusCode.FailedPrecondition), upsert => upsert.Clear() },
            { Of(StatusCode.FailedPrecondition), upsert => upsert.RemoveAt(0) },
            { Of(StatusCode.FailedPrecondition), upsert => upsert[0] = new() },
            { Of(StatusCode.FailedPrecondition), upsert => upsert.Add(upsert[0]) },
            { Of(StatusCode.FailedPrecondition), upsert => upsert.Add(new()) },
            { Invalid("open.parent"), upsert => upsert[0].Open.Parent = "" },
            { Invalid("open.parent"), upsert => upsert[0].Open.Parent += "\0" },
            {
                Of(StatusCode.PermissionDenied),
                upsert => upsert[0].Open.Parent = "projects/other/branches/b/datasets/d"
            },
            { Of(StatusCode.NotFound), upsert => upsert[0].Open.Parent += "-gone" },
            { Invalid("open.commit_message"), upsert => upsert[0].Open.CommitMessage = new string('x', 1_001) },
            { Invalid("open.commit_message"), upsert => upsert[0].Open.CommitMessage = "\a" },
            { Invalid("open.request_id"), upsert => upsert[0].Open.RequestId = "x" },
            { Invalid("batch.records"), upsert => upsert[1].Batch.Records.Clear() },
            { Invalid("batch.records"), upsert => upsert[1].Batch.Records.Add(Enumerable.Repeat(new Struct(), 1_000)) },
            { Invalid("batch.records[0].id"), upsert => Set(upsert, "id", Value.ForNull()) },
            { Invalid("batch.records[0].id"), upsert => Set(upsert, "id", Value.ForString("")) },
            { Invalid("batch.records[0].id"), upsert => Set(upsert, "id", Value.ForString("A\0")) },
            { Constraint("batch.records[0].id"), upsert => Set(upsert, "id", Value.ForString("'; DROP TABLE")) },
            { Invalid("batch.records[0].age"), upsert => Set(upsert, "age", Value.ForString("old")) },
            { Invalid("batch.records[0].age"), upsert => Set(upsert, "age", Value.ForNumber(double.NaN)) },
            { Invalid("batch.records[0].age"), upsert => Set(upsert, "age", Value.ForNumber(1e300)) },
            { Constraint("batch.records[0].age"), upsert => Set(upsert, "age", Value.ForNumber(121)) },
            { Invalid("batch.records[0].mail"), upsert => Set(upsert, "mail", Value.ForString(Huge)) },
            { Constraint("batch.records[0].sex"), upsert => Set(upsert, "sex", Value.ForString("X")) },
            { Invalid("batch.records[0].nope"), upsert => Set(upsert, "nope", Value.ForNull()) },
            { Invalid("batch.records[1]"), upsert => upsert[1].Batch.Records.Add(upsert[1].Batch.Records[0]) },
            { Invalid("batch.records[0]"), upsert => upsert.Add(upsert[1]) },
            // S1 has the mail, and would keep it.
            { Constraint("batch.records[0]"), upsert => Set(upsert, "mail", Value.ForString("one@lab")) },
            // S2 is not brought, and a visit refers to it.
            { Constraint("delete_missing"), upsert => upsert[0].Open.DeleteMissing = true },
        };

    public static TheoryData<Refusal, Action<List<V1.LoadRecordsRequest>>> Loads =>
        new()
        {
            { Of(StatusCode.FailedPrecondition), load => load.Clear() },
            { Of(StatusCode.FailedPrecondition), load => load.RemoveAt(0) },
            { Of(StatusCode.FailedPrecondition), load => load[0] = new() },
            { Of(StatusCode.FailedPrecondition), load => load.Add(load[0]) },
            { Of(StatusCode.FailedPrecondition), load => load.Add(new()) },
            { Invalid("open.parent"), load => load[0].Open.Parent = "../datasets/subjects" },
            { Of(StatusCode.NotFound), load => load[0].Open.Parent += "-gone" },
            { Invalid("open.format"), load => load[0].Open.Format = 0 },
            { Invalid("open.format"), load => load[0].Open.Format = (V1.RecordFormat)99 },
            { Invalid("open.csv.delimiter"), load => load[0].Open.Csv = new() { Delimiter = "\r" } },
            { Invalid("open.csv.encoding"), load => load[0].Open.Csv = new() { Encoding = "x-user-defined;" } },
            { Invalid("open.commit_message"), load => load[0].Open.CommitMessage = new string('x', 1_001) },
            { Invalid("open.request_id"), load => load[0].Open.RequestId = "not a uuid" },
            { Invalid("data"), load => load.Add(Data(new string('x', (1 << 20) + 1))) },
        };

    private static Refusal Constraint(string field) => new(StatusCode.FailedPrecondition, field, null);

    [Theory]
    [MemberData(nameof(Deletes))]
    [BadInputOf("DeleteRecords")]
    public async Task A_bad_delete_is_refused(Refusal refusal, Action<V1.DeleteRecordsRequest> spoil)
    {
        var lab = await LabAsync();
        var request = new V1.DeleteRecordsRequest
        {
            Parent = lab.Name(Subjects),
            Deletes = { new V1.RecordDelete { RecordId = "S1" } },
        };
        spoil(request);
        Assert.Equal(
            refusal,
            await fixture.RefusalOfAsync(() => lab.Records.DeleteRecordsAsync(request, IngestFixture.Options))
        );
    }

    [Theory]
    [MemberData(nameof(Upserts))]
    [BadInputOf("UpsertRecords")]
    public async Task A_bad_upsert_is_refused(Refusal refusal, Action<List<V1.UpsertRecordsRequest>> spoil)
    {
        var lab = await LabAsync();
        List<V1.UpsertRecordsRequest> messages =
        [
            new() { Open = new() { Parent = lab.Name(Subjects) } },
            new() { Batch = new() { Records = { Row(("id", "S3"), ("age", 3)) } } },
        ];
        spoil(messages);
        using var call = lab.Records.UpsertRecords(IngestFixture.Options);
        Assert.Equal(refusal, await RefusalOfAsync(call, messages));
    }

    [Theory]
    [MemberData(nameof(Loads))]
    [BadInputOf("LoadRecords")]
    public async Task A_bad_load_is_refused(Refusal refusal, Action<List<V1.LoadRecordsRequest>> spoil)
    {
        var lab = await LabAsync();
        List<V1.LoadRecordsRequest> messages = [new() { Open = lab.Csv(Subjects) }, Data("id,age\nS3,3\n")];
        spoil(messages);
        using var call = lab.Records.LoadRecords(IngestFixture.Options);
        Assert.Equal(refusal, await RefusalOfAsync(call, messages));
    }

    private Task<Refusal> RefusalOfAsync<TRequest, TResponse>(
        AsyncClientStreamingCall<TRequest, TResponse> call,
        IEnumerable<TRequest> messages
    )
        where TRequest : class =>
        Refusal.OfAsync(
            async () =>
            {
                try
                {
                    foreach (var message in messages)
                    {
                        await call.RequestStream.WriteAsync(message);
                    }

                    await call.RequestStream.CompleteAsync();
                }
                catch (Exception ended) when (ended is RpcException or InvalidOperationException or IOException)
                {
                    // Refused before the last message: the answer says why.
                }

                await call;
            },
            fixture.CountAllAsync
        );

    private static V1.LoadRecordsRequest Data(string text) => new() { Data = ByteString.CopyFromUtf8(text) };

    private static void Set(List<V1.UpsertRecordsRequest> upsert, string column, Value value) =>
        upsert[1].Batch.Records[0].Fields[column] = value;

    private async Task<RecordLab> LabAsync()
    {
        var lab = await CreateAsync(fixture);
        await lab.PutAsync(Subjects, Row(("id", "S1"), ("mail", "one@lab")), Row(("id", "S2")));
        await lab.PutAsync(Visits, Row(("subject", "S2"), ("visit", 1)));
        return lab;
    }
}
