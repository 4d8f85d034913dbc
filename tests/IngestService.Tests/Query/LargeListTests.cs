using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Tests.Query;

/// <summary>Lists whose items are so large that a page of them all would be no message.</summary>
public sealed class LargeListTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const int MostBytes = 3_100_000;

    [Fact]
    public async Task Streams_with_much_metadata_come_by_pages_that_are_messages()
    {
        var branch = await fixture.ForkAsync();
        var parent = $"projects/{IngestFixture.Project}/branches/{branch}";
        for (var i = 0; i < 20; i++)
        {
            var stream = Recording.Descriptor();
            stream.Metadata = new() { Fields = { ["header"] = Value.ForString(new string('x', 200_000)) } };
            var create = new V1.CreateStreamRequest
            {
                Parent = parent,
                StreamId = $"night-{i:00}",
                Stream = stream,
            };
            await fixture.Ingest.CreateStreamAsync(create, IngestFixture.Options);
        }

        var request = new V1.ListStreamsRequest { Parent = parent, PageSize = 1_000 };
        List<string> ids = [];
        do
        {
            var page = await fixture.Query.ListStreamsAsync(request, IngestFixture.Options);
            Assert.InRange(page.CalculateSize(), 1, MostBytes);
            ids.AddRange(page.Streams.Select(stream => stream.Name.Split('/')[^1]));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"night-{i:00}"), ids);
    }

    [Fact]
    public async Task Annotations_with_long_texts_come_by_pages_that_are_messages()
    {
        var branch = await fixture.ForkAsync();
        var name = IngestFixture.StreamName(branch, "night");
        var batch = new V1.AppendBatchRequest
        {
            Open = new()
            {
                Stream = name,
                Descriptor_ = Recording.Descriptor(),
                CreateIfMissing = true,
            },
            Blocks = { Recording.Block(0, 1_000) },
        };
        await fixture.Ingest.AppendBatchAsync(batch, IngestFixture.Options);
        for (var i = 0; i < 1_000; i += 500)
        {
            var put = new V1.PutAnnotationsRequest { Stream = name };
            put.Annotations.AddRange(
                Enumerable
                    .Range(i, 500)
                    .Select(at => new V1.Annotation { Text = new string('x', 4_000), StartSample = at })
            );
            await fixture.Ingest.PutAnnotationsAsync(put, IngestFixture.Options);
        }

        var request = new V1.ListAnnotationsRequest { Parent = name, PageSize = 10_000 };
        List<long> places = [];
        do
        {
            var page = await fixture.Query.ListAnnotationsAsync(request, IngestFixture.Options);
            Assert.InRange(page.CalculateSize(), 1, MostBytes);
            places.AddRange(page.Annotations.Select(note => note.StartSample));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        Assert.Equal(Enumerable.Range(0, 1_000).Select(place => (long)place), places);
    }
}
