using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.IngestService.Tests.Query;

/// <summary>Lists of streams and annotations by what they are asked for.</summary>
public sealed class FilteredListTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const string Digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("", "night-1 night-2 short")]
    [InlineData("stream_id = night-1", "night-1")]
    [InlineData("stream_id = \"night-*\"", "night-1 night-2")]
    [InlineData("NOT stream_id = \"night-*\"", "short")]
    [InlineData("state = FINISHED", "short")]
    [InlineData("state != FINISHED", "night-1 night-2")]
    [InlineData("end_sample > 10", "night-1 night-2")]
    [InlineData("end_sample = 10", "short")]
    [InlineData("start_time < \"2026-01-02\"", "night-1")]
    [InlineData("start_time >= \"2026-01-02T00:00:00Z\"", "night-2 short")]
    [InlineData("device.model = Biosemi OR device.model = \"X*\"", "night-1 short")]
    [InlineData("device.model:*", "night-1 short")]
    [InlineData("labels.subject = s1 AND end_sample >= 20", "night-1")]
    [InlineData("labels.subject = s1 OR end_sample = 30", "night-1 night-2 short")]
    [InlineData("labels:subject", "night-1 short")]
    [InlineData($"source_sha256 = {Digest}", "night-2")]
    [InlineData("labels.subject = \"'; DROP TABLE signals.stream; --\"", "")]
    public async Task Streams_are_those_that_the_filter_asks_for(string filter, string expected)
    {
        var branch = await LabAsync();
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), await ListAsync(branch, filter, ""));
    }

    [Theory]
    [InlineData("", "night-1 night-2 short")]
    [InlineData("name", "night-1 night-2 short")]
    [InlineData("name desc", "short night-2 night-1")]
    [InlineData("start_time", "night-1 short night-2")]
    [InlineData("start_time desc", "night-2 short night-1")]
    public async Task Streams_come_in_the_order_asked_for_by_whole_and_by_single_pages(string order, string expected)
    {
        var branch = await LabAsync();
        Assert.Equal(expected.Split(' '), await ListAsync(branch, "", order));
        Assert.Equal(expected.Split(' '), await ListAsync(branch, "", order, pageSize: 1));
        Assert.Equal(
            expected.Split(' ').Where(id => id != "short"),
            await ListAsync(branch, "stream_id = \"night-*\"", order, pageSize: 1)
        );
    }

    [Fact]
    public async Task Streams_that_began_at_one_instant_come_by_name_whatever_the_direction()
    {
        var branch = await fixture.ForkAsync();
        foreach (var id in new[] { "b", "a", "c" })
        {
            await MakeAsync(branch, id, 10, "2026-01-01T00:00:00.000000001Z", stream => stream.DisplayName = id);
        }

        Assert.Equal(["a", "b", "c"], await ListAsync(branch, "", "start_time", pageSize: 1));
        Assert.Equal(["a", "b", "c"], await ListAsync(branch, "", "start_time desc", pageSize: 1));
    }

    [Fact]
    public async Task Times_that_differ_by_a_nanosecond_are_in_order_across_pages()
    {
        var branch = await fixture.ForkAsync();
        foreach (var (id, nanos) in new[] { ("late", "000000002"), ("early", "000000001") })
        {
            await MakeAsync(branch, id, 10, $"1969-12-31T23:59:59.{nanos}Z", stream => stream.DisplayName = id);
        }

        Assert.Equal(["early", "late"], await ListAsync(branch, "", "start_time", pageSize: 1));
        Assert.Equal(["late", "early"], await ListAsync(branch, "", "start_time desc", pageSize: 1));
    }

    [Theory]
    [InlineData("", "blink artefact seizure")]
    [InlineData("category = seizure", "seizure")]
    [InlineData("text = \"b*\"", "blink")]
    [InlineData("start_sample >= 5 AND start_sample < 9", "artefact")]
    [InlineData("channels:c1", "artefact")]
    [InlineData("NOT channels:c1", "blink seizure")]
    [InlineData("channels:*", "artefact")]
    [InlineData("version > 0", "blink artefact seizure")]
    [InlineData("version < 1 OR category:*", "blink artefact seizure")]
    [InlineData("channels:\"'; --\"", "")]
    public async Task Annotations_are_those_that_the_filter_asks_for(string filter, string expected)
    {
        var stream = IngestFixture.StreamName(await LabAsync(), "short");
        var request = new V1.ListAnnotationsRequest
        {
            Parent = stream,
            Filter = filter,
            PageSize = 1,
        };
        List<string> texts = [];
        do
        {
            var page = await fixture.Query.ListAnnotationsAsync(request, IngestFixture.Options);
            texts.AddRange(page.Annotations.Select(annotation => annotation.Text));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), texts);
    }

    [Theory]
    [InlineData("start_time > yesterday")]
    [InlineData("state = opened")]
    [InlineData("state > OPEN")]
    [InlineData("end_sample = many")]
    [InlineData("device = x")]
    [InlineData("samples = 3")]
    [InlineData("labels = x")]
    [InlineData("stream_id = a; DROP TABLE signals.stream")]
    public async Task A_filter_of_streams_that_is_none_is_refused(string filter)
    {
        var request = new V1.ListStreamsRequest { Parent = "projects/lab/branches/main", Filter = filter };
        await RefusedAsync("filter", () => fixture.Query.ListStreamsAsync(request, IngestFixture.Options));
    }

    [Theory]
    [InlineData("end_sample")]
    [InlineData("name descending")]
    [InlineData("start_time desc, name")]
    [InlineData("name; DROP TABLE signals.stream")]
    public async Task An_order_that_is_none_is_refused(string order)
    {
        var request = new V1.ListStreamsRequest { Parent = "projects/lab/branches/main", OrderBy = order };
        await RefusedAsync("order_by", () => fixture.Query.ListStreamsAsync(request, IngestFixture.Options));
    }

    [Theory]
    [InlineData("channels = c1")]
    [InlineData("channels:\"c*\"")]
    [InlineData("start_sample:*")]
    [InlineData("author = me")]
    [InlineData("text > a")]
    public async Task A_filter_of_annotations_that_is_none_is_refused(string filter)
    {
        var parent = IngestFixture.StreamName(await LabAsync(), "short");
        var request = new V1.ListAnnotationsRequest { Parent = parent, Filter = filter };
        await RefusedAsync("filter", () => fixture.Query.ListAnnotationsAsync(request, IngestFixture.Options));
    }

    [Fact]
    public async Task A_page_token_is_good_for_its_own_filter_and_order_only()
    {
        var branch = await LabAsync();
        var request = new V1.ListStreamsRequest { Parent = $"projects/lab/branches/{branch}", PageSize = 1 };
        request.PageToken = (await fixture.Query.ListStreamsAsync(request, IngestFixture.Options)).NextPageToken;
        foreach (var (filter, order) in new[] { ("state = OPEN", ""), ("", "name desc") })
        {
            (request.Filter, request.OrderBy) = (filter, order);
            await RefusedAsync(
                "page_token",
                () => fixture.Query.ListStreamsAsync(request, IngestFixture.Options),
                ErrorReason.InvalidPageToken
            );
        }
    }

    private static async Task RefusedAsync<T>(
        string field,
        Func<AsyncUnaryCall<T>> call,
        ErrorReason reason = ErrorReason.InvalidFilter
    )
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await call());
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        var error = ErrorStatus.FromRpcException(refused)!;
        Assert.Equal((reason, field), (error.Reason, error.FieldViolations[0].Field));
    }

    /// <summary>A branch with three streams, one of them finished and annotated.</summary>
    private async Task<string> LabAsync()
    {
        var branch = await fixture.ForkAsync();
        await MakeAsync(
            branch,
            "night-1",
            20,
            "2026-01-01T00:00:00Z",
            stream =>
            {
                stream.Device = new() { Model = "Biosemi" };
                stream.Labels.Add("subject", "s1");
            }
        );
        await MakeAsync(
            branch,
            "night-2",
            30,
            "2026-01-03T00:00:00Z",
            stream => stream.Labels.Add("source-sha256", Digest)
        );
        V1.Annotation[] notes =
        [
            new() { Text = "blink", StartSample = 1 },
            new()
            {
                Text = "seizure",
                StartSample = 9,
                Category = "seizure",
            },
            new()
            {
                Text = "artefact",
                StartSample = 5,
                Channels = { "c1", "c2" },
            },
        ];
        await MakeAsync(
            branch,
            "short",
            10,
            "2026-01-02T00:00:00Z",
            stream =>
            {
                stream.Device = new() { Model = "X1" };
                stream.Labels.Add("subject", "s1");
            },
            notes
        );
        return branch;
    }

    private async Task MakeAsync(
        string branch,
        string id,
        int samples,
        string start,
        Action<V1.SignalStream> describe,
        params V1.Annotation[] notes
    )
    {
        var descriptor = Recording.Descriptor();
        descriptor.StartTime = Timestamp.Parser.ParseJson($"\"{start}\"");
        describe(descriptor);
        var batch = new V1.AppendBatchRequest
        {
            Open = new()
            {
                Stream = IngestFixture.StreamName(branch, id),
                Descriptor_ = descriptor,
                CreateIfMissing = true,
            },
            Blocks = { Recording.Block(0, samples) },
            Annotations = { notes },
            Finish = id == "short",
        };
        await fixture.Ingest.AppendBatchAsync(batch, IngestFixture.Options);
    }

    private async Task<List<string>> ListAsync(string branch, string filter, string order, int pageSize = 0)
    {
        var request = new V1.ListStreamsRequest
        {
            Parent = $"projects/{IngestFixture.Project}/branches/{branch}",
            Filter = filter,
            OrderBy = order,
            PageSize = pageSize,
        };
        List<string> ids = [];
        do
        {
            var page = await fixture.Query.ListStreamsAsync(request, IngestFixture.Options);
            ids.AddRange(page.Streams.Select(stream => stream.Name.Split('/')[^1]));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        return ids;
    }
}
