using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

public sealed class TagRpcTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_tag_is_made_found_changed_and_deleted()
    {
        await fixture.CreateAsync("tagged");
        var version = await fixture.CommitAsync("tagged");
        var request = new CreateTagRequest
        {
            Parent = "projects/lab",
            TagId = "submitted",
            Source = new() { Branch = "projects/lab/branches/tagged" },
            Tag = new()
            {
                Description = "as submitted",
                Labels = { ["journal"] = "brain" },
                Metadata = new() { Fields = { ["pages"] = Value.ForNumber(12) } },
            },
        };

        var created = (await fixture.Tags.CreateTagAsync(request, fixture.Lab)).Tag;

        Assert.Equal("projects/lab/tags/submitted", created.Name);
        Assert.Equal(("projects/lab/branches/tagged", version.Value), (created.Branch, created.Version));
        Assert.Equal(("as submitted", "a test"), (created.Description, created.Creator));
        Assert.Equal(12, created.Metadata.Fields["pages"].NumberValue);
        Assert.Equal(created, await GetAsync("submitted"));

        var update = new UpdateTagRequest
        {
            Tag = new()
            {
                Name = created.Name,
                Description = "as accepted",
                Etag = created.Etag,
            },
        };
        var updated = (await fixture.Tags.UpdateTagAsync(update, fixture.Lab)).Tag;
        Assert.Equal(("as accepted", "brain"), (updated.Description, updated.Labels["journal"]));
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.EtagMismatch,
            () => fixture.Tags.UpdateTagAsync(update, fixture.Lab)
        );

        update.UpdateMask = FieldMask.FromString("metadata");
        update.Tag.Etag = updated.Etag;
        Assert.Null((await fixture.Tags.UpdateTagAsync(update, fixture.Lab)).Tag.Metadata);

        var delete = new DeleteTagRequest { Name = created.Name, RequestId = "0b5d8f9e-3c3f-4d3b-9d7a-5a5b8f1c2d3e" };
        await fixture.Tags.DeleteTagAsync(delete, fixture.Lab);
        await fixture.Tags.DeleteTagAsync(delete, fixture.Lab);
        delete.RequestId = "";
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.TagNotFound,
            () => fixture.Tags.DeleteTagAsync(delete, fixture.Lab)
        );
        delete.AllowMissing = true;
        await fixture.Tags.DeleteTagAsync(delete, fixture.Lab);
    }

    [Fact]
    public async Task A_deletion_that_found_no_tag_is_done_and_repeated_deletes_none_that_was_made_since()
    {
        const string Name = "projects/lab/tags/made-since";
        var delete = new DeleteTagRequest
        {
            Name = Name,
            AllowMissing = true,
            RequestId = "8e0c4a51-6c6b-4f0e-a4f5-0d3f2b6a7c11",
        };
        await fixture.Tags.DeleteTagAsync(delete, fixture.Lab);
        await fixture.TagAsync("made-since", new() { Branch = "projects/lab/branches/main" });

        await fixture.Tags.DeleteTagAsync(delete, fixture.Lab);

        Assert.Equal(Name, (await GetAsync("made-since")).Name);
        delete.Name = "projects/lab/tags/another";
        await RefusedAsync(
            StatusCode.AlreadyExists,
            ErrorReason.RequestIdReused,
            () => fixture.Tags.DeleteTagAsync(delete, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_tag_names_a_head_a_version_an_instant_or_what_another_tag_names()
    {
        const string Branch = "projects/lab/branches/points";
        await fixture.CreateAsync("points");
        var first = await fixture.CommitAsync("points");
        var instant = (await fixture.Branches.GetBranchAsync(new() { Name = Branch }, fixture.Lab)).Branch.HeadTime;
        var second = await fixture.CommitAsync("points");

        var head = await fixture.TagAsync("of-head", new() { Branch = Branch });
        var version = await fixture.TagAsync("of-version", At(new() { Version = first.Value }));
        var byInstant = await fixture.TagAsync("of-instant", At(new() { Instant = instant }));
        var byTag = await fixture.TagAsync("of-tag", new() { Point = new() { Tag = version.Name } });

        Assert.Equal(second.Value, head.Version);
        Assert.All(
            new[] { version, byInstant, byTag },
            tag => Assert.Equal((Branch, first.Value), (tag.Branch, tag.Version))
        );

        static SnapshotReference At(SnapshotPoint point) => new() { Branch = Branch, Point = point };
    }

    [Fact]
    public async Task What_a_tag_names_stays_when_its_branch_goes_on_and_is_deleted()
    {
        var branch = await fixture.CreateAsync("mortal");
        var kept = await fixture.CommitAsync("mortal", "kept");
        var tag = await fixture.TagAsync("kept", new() { Branch = branch.Name });
        await fixture.CommitAsync("mortal", "later");
        await fixture.Branches.DeleteBranchAsync(new() { Name = branch.Name }, fixture.Lab);

        var commits = await fixture.History.ListCommitsAsync(
            new()
            {
                Parent = branch.Name,
                At = new() { Tag = tag.Name },
            },
            fixture.Lab
        );
        var fork = await fixture.CreateAsync("reborn", new() { Point = new() { Tag = tag.Name } });

        Assert.Equal(["kept"], commits.Commits.Select(commit => commit.Message));
        Assert.Equal(
            (branch.Name, tag.Name, kept.Value),
            (fork.ForkPoint.Branch, fork.ForkPoint.Tag, fork.ForkPoint.Version)
        );
        Assert.Equal(kept.Value, fork.HeadVersion);
        await fixture.CommitAsync("reborn", "own");
        var log = await fixture.History.ListCommitsAsync(new() { Parent = fork.Name }, fixture.Lab);
        Assert.Equal(["own", "kept"], log.Commits.Select(commit => commit.Message));
    }

    [Fact]
    public async Task A_repeated_creation_is_answered_and_a_tag_never_moves()
    {
        await fixture.CreateAsync("still");
        await fixture.CommitAsync("still");
        var request = new CreateTagRequest
        {
            Parent = "projects/lab",
            TagId = "never-moves",
            Source = new() { Branch = "projects/lab/branches/still" },
            RequestId = "2f1d3c4b-5a69-4788-9766-554433221100",
        };
        var first = await fixture.Tags.CreateTagAsync(request, fixture.Lab);
        await fixture.CommitAsync("still");

        Assert.Equal(first, await fixture.Tags.CreateTagAsync(request, fixture.Lab));
        request.RequestId = "";
        await RefusedAsync(
            StatusCode.AlreadyExists,
            ErrorReason.AlreadyExists,
            () => fixture.Tags.CreateTagAsync(request, fixture.Lab)
        );
    }

    [Fact]
    public async Task Tags_are_listed_by_filter_and_order_in_pages()
    {
        var branch = await fixture.CreateAsync("listed");
        foreach (var id in new[] { "v1-b", "v1-c", "v1-a", "v2-a" })
        {
            await fixture.CommitAsync("listed");
            await fixture.TagAsync(id, new() { Branch = branch.Name });
        }

        var newest = (await GetAsync("v2-a")).Version;
        Assert.Equal(["v1-a", "v1-b", "v1-c"], await ListAsync("tag_id = \"v1-*\""));
        Assert.Equal(["v2-a", "v1-a", "v1-c", "v1-b"], await ListAsync("branch = listed", "create_time desc"));
        Assert.Equal(["v1-b", "v1-c", "v1-a", "v2-a"], await ListAsync($"branch = \"{branch.Name}\"", "create_time"));
        Assert.Equal(["v1-c", "v1-b", "v1-a"], await ListAsync("tag_id = v1-*", "name desc"));
        Assert.Equal(["v2-a"], await ListAsync($"version >= {newest} AND branch = listed AND creator = \"a test\""));
        Assert.Empty(await ListAsync("branch = listed AND create_time > \"2999-01-01\""));
    }

    private async Task<Tag> GetAsync(string id) =>
        (await fixture.Tags.GetTagAsync(new() { Name = $"projects/lab/tags/{id}" }, fixture.Lab)).Tag;

    /// <summary>All pages, of two tags each.</summary>
    private async Task<List<string>> ListAsync(string filter, string orderBy = "")
    {
        var ids = new List<string>();
        var request = new ListTagsRequest
        {
            Parent = "projects/lab",
            Filter = filter,
            OrderBy = orderBy,
            PageSize = 2,
        };
        do
        {
            var page = await fixture.Tags.ListTagsAsync(request, fixture.Lab);
            ids.AddRange(page.Tags.Select(tag => tag.Name.Split('/')[^1]));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        return ids;
    }
}
