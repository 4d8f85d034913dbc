namespace Dendrite.IngestService.Tests.Changes;

public sealed class AnnotationChangeTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const string Id = "0193a000-0000-7000-8000-000000000001";

    [Fact]
    public async Task What_is_put_is_listed_with_its_ids_and_the_version_that_wrote_it()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var put = await lab.PutAsync(
            Blink(annotation => annotation.AnnotationId = Id),
            new V1.Annotation
            {
                Text = "eyes closed",
                StartSample = -5,
                Channels = { "c0", "c3" },
            }
        );

        Assert.Equal(Id, put.Annotations[0].AnnotationId);
        Assert.NotEmpty(put.Annotations[1].AnnotationId);
        Assert.All(put.Annotations, annotation => Assert.Equal(put.Version, annotation.Version));
        Assert.Equal(256, put.Annotations[0].StartSample);
        Assert.Equal([put.Annotations[1], put.Annotations[0]], await lab.ListAsync());
        Assert.Empty(await lab.ListAsync(put.Version - 1));
        await lab.AssertWholeAsync();
    }

    [Fact]
    public async Task The_same_id_again_replaces_the_annotation_and_earlier_versions_keep_theirs()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var first = await lab.PutAsync(Blink(annotation => annotation.AnnotationId = Id));
        await lab.PutAsync(
            new V1.Annotation
            {
                AnnotationId = Id,
                Text = "artifact",
                Category = "artifact",
            }
        );
        Assert.Equal("artifact", Assert.Single(await lab.ListAsync()).Text);
        Assert.Equal("blink", Assert.Single(await lab.ListAsync(first.Version)).Text);
        await lab.AssertWholeAsync();
    }

    [Fact]
    public async Task What_a_gateway_wrote_can_be_changed_and_deleted_by_hand()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var (gateway, _) = await Gateway.OpenAsync(fixture, lab.Name);
        using var __ = gateway;
        var sent = new V1.AppendAnnotations
        {
            Annotations =
            {
                Blink(),
                new V1.Annotation { Text = "marker" },
            },
        };
        await gateway.SendAsync(new V1.AppendRequest { Annotations = sent });
        await gateway.CloseAsync();
        var ids = (await lab.ListAsync()).ToDictionary(annotation => annotation.Text, a => a.AnnotationId);

        await lab.PutAsync(new V1.Annotation { AnnotationId = ids["marker"], Text = "trigger" });
        var deleted = await lab.DeleteAsync(ids["blink"], ids["blink"], Guid.Empty.ToString());

        Assert.Equal(1, deleted.DeletedCount);
        Assert.Equal("trigger", Assert.Single(await lab.ListAsync()).Text);
        Assert.Equal(2, (await lab.ListAsync(deleted.Version - 1)).Count);
        await lab.AssertWholeAsync();
    }

    [Fact]
    public async Task Deleting_none_is_no_commit()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        await lab.PutAsync(Blink(annotation => annotation.AnnotationId = Id));
        Assert.Equal(1, (await lab.DeleteAsync(Id)).DeletedCount);
        var commits = await lab.CountCommitsAsync();
        var again = await lab.DeleteAsync(Id);
        Assert.Equal((0, 0L), (again.DeletedCount, again.Version));
        Assert.Equal(commits, await lab.CountCommitsAsync());
    }

    [Fact]
    public async Task A_fork_and_its_parent_annotate_apart()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        await lab.PutAsync(Blink(annotation => annotation.AnnotationId = Id));
        var fork = await lab.ForkAsync();
        await fork.DeleteAsync(Id);
        await fork.PutAsync(new V1.Annotation { Text = "of the fork" });
        Assert.Equal("blink", Assert.Single(await lab.ListAsync()).Text);
        Assert.Equal("of the fork", Assert.Single(await fork.ListAsync()).Text);
    }

    [Fact]
    public async Task A_repeated_request_is_answered_and_not_done_again()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var put = new V1.PutAnnotationsRequest
        {
            Stream = lab.Name,
            Annotations = { Blink(), Blink(annotation => annotation.AnnotationId = Id) },
            RequestId = "11111111-2222-3333-4444-555555555511",
        };
        var first = await fixture.Ingest.PutAnnotationsAsync(put, IngestFixture.Options);
        var delete = new V1.DeleteAnnotationsRequest
        {
            Stream = lab.Name,
            AnnotationIds = { Id },
            RequestId = "11111111-2222-3333-4444-555555555512",
        };
        var gone = await fixture.Ingest.DeleteAnnotationsAsync(delete, IngestFixture.Options);
        Assert.Equal(1, gone.DeletedCount);

        Assert.Equal(first, await fixture.Ingest.PutAnnotationsAsync(put, IngestFixture.Options));
        Assert.Equal(gone, await fixture.Ingest.DeleteAnnotationsAsync(delete, IngestFixture.Options));
        Assert.Single(await lab.ListAsync());
    }

    [Fact]
    public async Task An_annotation_that_was_tampered_with_is_said()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var version = (await lab.PutAsync(Blink())).Version;
        await fixture.CountAsync($"UPDATE signals.annotation SET text = 'wink' WHERE version = {version}");
        Assert.Single((await fixture.VerifyDataAsync(lab.Branch)).OfType<string>());
    }

    private static V1.Annotation Blink(Action<V1.Annotation>? with = null)
    {
        var annotation = new V1.Annotation
        {
            Text = "blink",
            Onset = new() { Seconds = 1, Nanos = 500 },
            Duration = new() { Nanos = 100_000_000 },
            Category = "artifact",
            Metadata = new() { Fields = { ["confidence"] = Google.Protobuf.WellKnownTypes.Value.ForNumber(0.875) } },
        };
        with?.Invoke(annotation);
        return annotation;
    }
}
