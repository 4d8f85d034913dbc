namespace Dendrite.IngestService.Tests.Append;

public sealed class ForkTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task A_fork_sees_what_its_parent_had_and_both_go_on_apart()
    {
        var parent = await fixture.ForkAsync();
        var (inParent, opened) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(parent));
        using var _ = inParent;
        await inParent.SendAsync(Recording.Block(0, 100));
        await inParent.HearUntilAsync(100);
        var child = await fixture.ForkAsync(parent);
        await inParent.SendAsync(Recording.Block(100, 50));
        await inParent.HearUntilAsync(150);

        var (inChild, resumed) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(child));
        using var __ = inChild;
        Assert.False(resumed.Created);
        Assert.Equal(100, resumed.NextSample);
        Assert.NotEqual(opened.Epoch, resumed.Epoch);
        await inChild.SendAsync(Recording.Block(100, 200));
        await inChild.CloseAsync();
        await inParent.SendAsync(Recording.Block(150, 1));
        await inParent.CloseAsync();

        await fixture.AssertHoldsAsync(IngestFixture.StreamName(parent), 151);
        await fixture.AssertHoldsAsync(IngestFixture.StreamName(child), 300);
        Assert.True(opened.Created);
    }

    [Fact]
    public async Task A_stream_made_in_a_fork_is_not_in_its_parent()
    {
        var parent = await fixture.ForkAsync();
        var child = await fixture.ForkAsync(parent);
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(child, "late"));
        using var __ = gateway;
        await gateway.CloseAsync();
        var inParent = await fixture.Query.ListStreamsAsync(Parent(parent), IngestFixture.Options);
        var inChild = await fixture.Query.ListStreamsAsync(Parent(child), IngestFixture.Options);
        Assert.Empty(inParent.Streams);
        Assert.Equal(IngestFixture.StreamName(child, "late"), Assert.Single(inChild.Streams).Name);
    }

    [Fact]
    public async Task Finishing_a_stream_in_a_fork_leaves_it_open_in_its_parent()
    {
        var parent = await fixture.ForkAsync();
        var (first, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(parent));
        await first.SendAsync(Recording.Block(0, 10));
        await first.CloseAsync();
        first.Dispose();
        var child = await fixture.ForkAsync(parent);
        var (inChild, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(child));
        await inChild.CloseAsync(finish: true);
        inChild.Dispose();
        var (inParent, resumed) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(parent));
        inParent.Dispose();
        Assert.Equal(10, resumed.NextSample);
    }

    [Fact]
    public async Task An_earlier_version_is_read_as_it_was()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        var version = (await gateway.HearUntilAsync(100))[^1].Version;
        await gateway.SendAsync(Recording.Block(100, 100));
        await gateway.CloseAsync();
        var then = await fixture.ReadAsync(
            new()
            {
                Stream = stream,
                At = new() { Version = version },
            }
        );
        Assert.Equal(100, then[0].Header.Range.EndSample);
        Assert.Equal(version, then[0].Header.Version);
        Assert.Equal(100, then.Skip(1).Sum(response => response.Chunk.SampleCount));
        await fixture.AssertHoldsAsync(stream, 200);
    }

    [Fact]
    public async Task What_a_tag_names_is_read_after_its_branch_is_gone()
    {
        var branch = await fixture.ForkAsync();
        foreach (var id in new[] { "a", "b" })
        {
            var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch, id));
            using var __ = gateway;
            await gateway.SendAsync(Recording.Block(0, 100));
            await gateway.CloseAsync();
        }

        var at = new V1.SnapshotPoint { Tag = await fixture.TagAndDeleteAsync(branch) };

        var read = await fixture.ReadAsync(new() { Stream = IngestFixture.StreamName(branch, "a"), At = at });
        Assert.Equal(100, read.Skip(1).Sum(response => response.Chunk.SampleCount));
        var list = Parent("any-branch");
        (list.At, list.PageSize) = (at, 1);
        var first = await fixture.Query.ListStreamsAsync(list, IngestFixture.Options);
        list.PageToken = first.NextPageToken;
        var second = await fixture.Query.ListStreamsAsync(list, IngestFixture.Options);
        Assert.Equal(["a", "b"], new[] { first, second }.Select(page => page.Streams.Single().Name.Split('/')[^1]));
    }

    private static V1.ListStreamsRequest Parent(string branch) =>
        new() { Parent = $"projects/{IngestFixture.Project}/branches/{branch}" };
}
