using Dendrite.IngestService.Tests.Changes;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.IngestService.Tests.Records;

/// <summary>Equal requests that run beside each other: one is done, and all get its answer.</summary>
public sealed class DoneRequestsTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const int AtOnce = 20;

    private static string NewId => $"{Guid.CreateVersion7()}";

    [Fact]
    public async Task Of_equal_requests_for_a_new_stream_one_makes_it()
    {
        var request = new V1.CreateStreamRequest
        {
            Parent = $"projects/{IngestFixture.Project}/branches/{await fixture.ForkAsync()}",
            StreamId = "eeg",
            Stream = Recording.Descriptor(),
            RequestId = NewId,
        };
        await AllGetOneAnswerAsync(() => fixture.Ingest.CreateStreamAsync(request, IngestFixture.Options));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_equal_deletions_of_a_stream_one_deletes_it(bool allowMissing)
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var request = new V1.DeleteStreamRequest
        {
            Name = lab.Name,
            AllowMissing = allowMissing,
            RequestId = NewId,
        };
        await AllGetOneAnswerAsync(() => fixture.Ingest.DeleteStreamAsync(request, IngestFixture.Options));
    }

    [Fact]
    public async Task Of_equal_requests_for_a_new_dataset_one_makes_it()
    {
        var lab = new RecordLab(fixture, await fixture.ForkAsync());
        var request = new V1.CreateDatasetRequest
        {
            Parent = lab.Branch,
            DatasetId = RecordLab.Subjects,
            Dataset = RecordLab.SubjectsDataset(),
            RequestId = NewId,
        };
        await AllGetOneAnswerAsync(() => lab.Datasets.CreateDatasetAsync(request, IngestFixture.Options));
    }

    [Fact]
    public async Task Of_equal_schema_changes_that_name_an_etag_one_is_made()
    {
        var lab = new RecordLab(fixture, await fixture.ForkAsync());
        var made = await lab.CreateAsync(RecordLab.Subjects, RecordLab.SubjectsDataset());
        var column = new V1.Column { Column_ = "note", Type = V1.ColumnType.Text };
        var request = new V1.ChangeSchemaRequest
        {
            Name = lab.Name(RecordLab.Subjects),
            Changes = { new V1.SchemaChange { AddColumn = column } },
            Etag = made.Dataset.Etag,
            RequestId = NewId,
        };
        await AllGetOneAnswerAsync(() => lab.Datasets.ChangeSchemaAsync(request, IngestFixture.Options));
    }

    /// <summary>
    /// Who sends a request again that found nothing to do gets the same answer, whatever others have written since.
    /// </summary>
    [Theory]
    [InlineData("upsert")]
    [InlineData("load")]
    [InlineData("delete-record")]
    [InlineData("transaction")]
    [InlineData("delete-dataset")]
    [InlineData("delete-stream")]
    public async Task A_request_that_found_nothing_to_do_does_nothing_when_it_is_sent_again(string kind)
    {
        var lab = new RecordLab(fixture, await fixture.ForkAsync());
        await lab.CreateAsync(RecordLab.Subjects, RecordLab.SubjectsDataset());
        await lab.PutAsync(RecordLab.Subjects, RecordLab.Row(("id", "S1")));
        var act = ActOf(lab, kind);

        var first = await act();
        var other = RecordLab.SubjectsDataset();
        other.Constraints.Clear();
        await lab.CreateAsync("absent", other);
        await lab.PutAsync(RecordLab.Subjects, RecordLab.Row(("id", "S2")));
        var descriptor = new V1.CreateStreamRequest
        {
            Parent = lab.Branch,
            StreamId = "absent",
            Stream = Recording.Descriptor(),
        };
        await fixture.Ingest.CreateStreamAsync(descriptor, IngestFixture.Options);
        var commits = await CountCommitsAsync();

        Assert.Equal(first, await act());
        Assert.Equal(commits, await CountCommitsAsync());
        Assert.Equal(["S1", "S2"], await lab.QueryAsync(RecordLab.Subjects));
    }

    private Func<Task<IMessage>> ActOf(RecordLab lab, string kind)
    {
        var (id, subjects) = (NewId, lab.Name(RecordLab.Subjects));
        var absent = new V1.RecordDelete { RecordId = "S2", AllowMissing = true };
        switch (kind)
        {
            case "upsert":
                return async () => await UpsertAsync(lab, id);
            case "load":
                var open = lab.Csv(RecordLab.Subjects);
                (open.RequestId, open.SkipBadRows) = (id, true);
                return async () => await lab.LoadAsync(open, "id,age\nS2,x\n");
            case "delete-record":
                var deletes = new V1.DeleteRecordsRequest
                {
                    Parent = subjects,
                    Deletes = { absent },
                    RequestId = id,
                };
                return async () => await lab.Records.DeleteRecordsAsync(deletes, IngestFixture.Options);
            case "transaction":
                var transaction = new V1.CommitTransactionRequest
                {
                    Parent = lab.Branch,
                    Writes =
                    {
                        new V1.DatasetWrites { DatasetId = RecordLab.Subjects, Deletes = { absent } },
                    },
                    RequestId = id,
                };
                return async () => await lab.Records.CommitTransactionAsync(transaction, IngestFixture.Options);
            case "delete-dataset":
                var dataset = new V1.DeleteDatasetRequest
                {
                    Name = lab.Name("absent"),
                    AllowMissing = true,
                    RequestId = id,
                };
                return async () => await lab.Datasets.DeleteDatasetAsync(dataset, IngestFixture.Options);
            default:
                var stream = new V1.DeleteStreamRequest
                {
                    Name = $"{lab.Branch}/streams/absent",
                    AllowMissing = true,
                    RequestId = id,
                };
                return async () => await fixture.Ingest.DeleteStreamAsync(stream, IngestFixture.Options);
        }
    }

    private static async Task<V1.UpsertRecordsResponse> UpsertAsync(RecordLab lab, string requestId)
    {
        using var call = lab.Records.UpsertRecords(IngestFixture.Options);
        var open = new V1.UpsertOpen
        {
            Parent = lab.Name(RecordLab.Subjects),
            DeleteMissing = true,
            RequestId = requestId,
        };
        await call.RequestStream.WriteAsync(new() { Open = open });
        var batch = new V1.UpsertBatch { Records = { RecordLab.Row(("id", "S1")) } };
        await call.RequestStream.WriteAsync(new() { Batch = batch });
        await call.RequestStream.CompleteAsync();
        return await call;
    }

    private async Task AllGetOneAnswerAsync<T>(Func<AsyncUnaryCall<T>> call)
        where T : IMessage<T>
    {
        var commits = await CountCommitsAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => call().ResponseAsync));

        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        Assert.Equal(commits + 1, await CountCommitsAsync());
    }

    private Task<long> CountCommitsAsync() => fixture.CountAsync("SELECT count(*) FROM branching.commit");
}
