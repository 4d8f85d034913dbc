using Dendrite.Cli.Output;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Tests;

public sealed class PagesTests
{
    [Fact]
    public async Task A_list_is_asked_for_until_its_last_page_and_put_together()
    {
        var pages = new Dictionary<string, ListTagsResponse>
        {
            [""] = new() { Tags = { new Tag { Name = "a" } }, NextPageToken = "2" },
            // A page may be empty and still not be the last.
            ["2"] = new() { NextPageToken = "3" },
            ["3"] = new() { Tags = { new Tag { Name = "b" } } },
        };

        var all = await Pages.ReadAllAsync(
            new ListTagsRequest(),
            (request, _) => Answer(pages[request.PageToken]),
            TestContext.Current.CancellationToken
        );

        Assert.Equal(["a", "b"], all.Tags.Select(tag => tag.Name));
        Assert.Empty(all.NextPageToken);
    }

    private static AsyncUnaryCall<T> Answer<T>(T response) =>
        new(
            Task.FromResult(response),
            Task.FromResult(new Metadata()),
            () => Status.DefaultSuccess,
            () => [],
            () => { }
        );
}
