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
