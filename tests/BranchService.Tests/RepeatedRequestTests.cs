using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

/// <summary>
/// Requests that are repeated once the answer was lost, after others changed what they are about: answered like the
/// first one, and done once.
/// </summary>
public sealed class RepeatedRequestTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_creation_whose_branch_was_removed_since_says_so_whoever_has_its_name(bool isTaken)
    {
        var id = fixture.NextWord();
        var request = new CreateBranchRequest
        {
            Parent = "projects/lab",
            BranchId = id,
            RequestId = NewId(),
        };
        await fixture.Branches.CreateBranchAsync(request, fixture.Lab);
        await fixture.PurgeAsync(id);
        if (isTaken)
        {
            await fixture.CreateAsync(id);
        }

        await GoneAsync(() => fixture.Branches.CreateBranchAsync(request, fixture.Lab));
    }

    [Fact]
    public async Task What_was_purged_is_gone_for_who_repeats_a_request_too_before_maintenance_has_removed_it()
    {
        var id = fixture.NextWord();
        var creation = new CreateBranchRequest
        {
            Parent = "projects/lab",
            BranchId = id,
            RequestId = NewId(),
        };
        var name = (await fixture.Branches.CreateBranchAsync(creation, fixture.Lab)).Branch.Name;
        var child = (await fixture.CreateAsync(fixture.NextWord(), new() { Branch = name })).Name;
        var tag = (await fixture.TagAsync(fixture.NextWord(), new() { Branch = name })).Name;
        var deletion = new DeleteBranchRequest { Name = name, RequestId = NewId() };
        await fixture.Branches.DeleteBranchAsync(deletion, fixture.Lab);
        await fixture.Branches.DeleteBranchAsync(new() { Name = name, Purge = true }, fixture.Lab);

        await GoneAsync(() => fixture.Branches.CreateBranchAsync(creation, fixture.Lab));
        Assert.Null((await fixture.Branches.DeleteBranchAsync(deletion, fixture.Lab)).Branch);
        Assert.Equal("", (await GetAsync(child)).ForkPoint.Branch);
        Assert.Equal("", (await fixture.Tags.GetTagAsync(new() { Name = tag }, fixture.Lab)).Tag.Branch);
        var fork = await fixture.CreateAsync(fixture.NextWord(), new() { Point = new() { Tag = tag } });
        Assert.Equal("", fork.ForkPoint.Branch);
    }

    [Fact]
    public async Task A_creation_by_template_whose_branch_was_removed_since_says_so()
    {
        await fixture.AsOwnerAsync(
            """
            UPDATE branching.project SET branch_naming_templates = '{"trial": "{purpose}-v{n}"}' WHERE name = 'lab'
            """
        );
        var request = new CreateBranchRequest
        {
            Parent = "projects/lab",
            TemplateValues = { ["purpose"] = fixture.NextWord() },
            Branch = new() { Kind = BranchKind.Trial },
            RequestId = NewId(),
        };
        var made = (await fixture.Branches.CreateBranchAsync(request, fixture.Lab)).Branch;
        await fixture.PurgeAsync(made.Name.Split('/')[^1]);

        await GoneAsync(() => fixture.Branches.CreateBranchAsync(request, fixture.Lab));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_purge_whose_branch_was_removed_since_is_done_and_purges_no_other(bool isTaken)
    {
        var id = fixture.NextWord();
        var name = (await fixture.CreateAsync(id)).Name;
        var request = new DeleteBranchRequest
        {
            Name = name,
            Purge = true,
            RequestId = NewId(),
        };
        await fixture.Branches.DeleteBranchAsync(request, fixture.Lab);
        await fixture.Garbage.PurgeAsync(fixture.LabProject, 100, "tests", TestContext.Current.CancellationToken);
        var other = isTaken ? await fixture.CreateAsync(id) : null;

        Assert.Null((await fixture.Branches.DeleteBranchAsync(request, fixture.Lab)).Branch);
        if (other is not null)
        {
            Assert.Equal(other, await GetAsync(name));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_change_whose_branch_was_removed_since_says_so_and_changes_no_other(bool isTaken)
    {
        var id = fixture.NextWord();
        var name = (await fixture.CreateAsync(id)).Name;
        var update = new UpdateBranchRequest
        {
            Branch = new() { Name = name, DisplayName = "of the first" },
            RequestId = NewId(),
        };
        var experiment = new SetExperimentStateRequest
        {
            Name = name,
            State = ExperimentState.Completed,
            RequestId = NewId(),
        };
        var reset = new ResetBranchRequest
        {
            Name = name,
            Point = new() { Version = (await fixture.CommitAsync(id)).Value },
            RequestId = NewId(),
        };
        await fixture.Branches.UpdateBranchAsync(update, fixture.Lab);
        await fixture.Branches.SetExperimentStateAsync(experiment, fixture.Lab);
        await fixture.Branches.ResetBranchAsync(reset, fixture.Lab);
        await fixture.PurgeAsync(id);
        var other = isTaken ? await fixture.CreateAsync(id) : null;

        await GoneAsync(() => fixture.Branches.UpdateBranchAsync(update, fixture.Lab));
        await GoneAsync(() => fixture.Branches.SetExperimentStateAsync(experiment, fixture.Lab));
        await GoneAsync(() => fixture.Branches.ResetBranchAsync(reset, fixture.Lab));
        if (other is not null)
        {
            Assert.Equal(other, await GetAsync(name));
        }
    }

    [Fact]
    public async Task A_creation_whose_tag_was_deleted_since_says_so()
    {
        var id = fixture.NextWord();
        var create = new CreateTagRequest
        {
            Parent = "projects/lab",
            TagId = id,
            Source = new() { Branch = "projects/lab/branches/main" },
            RequestId = NewId(),
        };
        var tag = (await fixture.Tags.CreateTagAsync(create, fixture.Lab)).Tag;
        var update = new UpdateTagRequest
        {
            Tag = new() { Name = tag.Name, Description = "of the first" },
            RequestId = NewId(),
        };
        await fixture.Tags.UpdateTagAsync(update, fixture.Lab);
        await fixture.Tags.DeleteTagAsync(new() { Name = tag.Name }, fixture.Lab);

        await GoneTagAsync();
        await fixture.TagAsync(id, new() { Branch = "projects/lab/branches/main" });
        await GoneTagAsync();

        async Task GoneTagAsync()
        {
            const ErrorReason Reason = ErrorReason.TagNotFound;
            await GoneAsync(() => fixture.Tags.CreateTagAsync(create, fixture.Lab), Reason);
            await GoneAsync(() => fixture.Tags.UpdateTagAsync(update, fixture.Lab), Reason);
        }
    }

    [Fact]
    public async Task A_deletion_that_found_no_branch_is_done_and_deletes_none_that_was_made_since()
    {
        var id = fixture.NextWord();
        var request = new DeleteBranchRequest
        {
            Name = $"projects/lab/branches/{id}",
            AllowMissing = true,
            RequestId = NewId(),
        };
        Assert.Null((await fixture.Branches.DeleteBranchAsync(request, fixture.Lab)).Branch);
        var made = await fixture.CreateAsync(id);

        Assert.Null((await fixture.Branches.DeleteBranchAsync(request, fixture.Lab)).Branch);

        Assert.Equal(made, await GetAsync(made.Name));
        request.Purge = true;
        await RefusedAsync(
            StatusCode.AlreadyExists,
            ErrorReason.RequestIdReused,
            () => fixture.Branches.DeleteBranchAsync(request, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_deletion_that_found_a_deleted_branch_does_not_delete_it_once_it_is_restored()
    {
        var name = (await fixture.CreateAsync(fixture.NextWord())).Name;
        await fixture.Branches.DeleteBranchAsync(new() { Name = name }, fixture.Lab);
        var request = new DeleteBranchRequest
        {
            Name = name,
            AllowMissing = true,
            RequestId = NewId(),
        };
        Assert.NotNull((await fixture.Branches.DeleteBranchAsync(request, fixture.Lab)).Branch.DeleteTime);
        var restored = (await fixture.Branches.UndeleteBranchAsync(new() { Name = name }, fixture.Lab)).Branch;

        Assert.Equal(restored, (await fixture.Branches.DeleteBranchAsync(request, fixture.Lab)).Branch);
        Assert.Equal(BranchState.Active, (await GetAsync(name)).State);
    }

    [Fact]
    public async Task What_found_nothing_to_change_changes_nothing_once_there_is()
    {
        var name = (await fixture.CreateAsync(fixture.NextWord())).Name;
        var unarchive = new UnarchiveBranchRequest { Name = name, RequestId = NewId() };
        var unprotect = new SetBranchProtectionRequest { Name = name, RequestId = NewId() };
        await fixture.Branches.UnarchiveBranchAsync(unarchive, fixture.Lab);
        await fixture.Branches.SetBranchProtectionAsync(unprotect, fixture.Lab);
        await fixture.Branches.SetBranchProtectionAsync(new() { Name = name, Protected = true }, fixture.Lab);
        await fixture.Branches.ArchiveBranchAsync(new() { Name = name }, fixture.Lab);
        var archive = new ArchiveBranchRequest { Name = name, RequestId = NewId() };
        await fixture.Branches.ArchiveBranchAsync(archive, fixture.Lab);

        await fixture.Branches.UnarchiveBranchAsync(unarchive, fixture.Lab);
        var branch = (await fixture.Branches.SetBranchProtectionAsync(unprotect, fixture.Lab)).Branch;
        Assert.Equal((BranchState.Archived, true), (branch.State, branch.Protected));

        await fixture.Branches.UnarchiveBranchAsync(new() { Name = name }, fixture.Lab);
        branch = (await fixture.Branches.ArchiveBranchAsync(archive, fixture.Lab)).Branch;
        Assert.Equal(BranchState.Active, branch.State);
    }

    [Fact]
    public async Task A_rename_is_answered_though_the_old_name_is_taken_again()
    {
        var (from, to) = (fixture.NextWord(), fixture.NextWord());
        var rename = new RenameBranchRequest
        {
            Name = (await fixture.CreateAsync(from)).Name,
            NewBranchId = to,
            RequestId = NewId(),
        };
        var renamed = (await fixture.Branches.RenameBranchAsync(rename, fixture.Lab)).Branch;
        var other = await fixture.CreateAsync(from);

        Assert.Equal(renamed, (await fixture.Branches.RenameBranchAsync(rename, fixture.Lab)).Branch);

        Assert.Equal(other, await GetAsync(other.Name));
        rename.RequestId = NewId();
        await RefusedAsync(
            StatusCode.AlreadyExists,
            ErrorReason.AlreadyExists,
            () => fixture.Branches.RenameBranchAsync(rename, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_creation_that_is_only_checked_is_refused_an_id_that_was_used()
    {
        var request = new CreateBranchRequest
        {
            Parent = "projects/lab",
            BranchId = fixture.NextWord(),
            RequestId = NewId(),
        };
        await fixture.Branches.CreateBranchAsync(request, fixture.Lab);
        request.ValidateOnly = true;
        foreach (var id in new[] { request.BranchId, fixture.NextWord() })
        {
            request.BranchId = id;
            await RefusedAsync(
                StatusCode.AlreadyExists,
                ErrorReason.RequestIdReused,
                () => fixture.Branches.CreateBranchAsync(request, fixture.Lab)
            );
        }

        request.RequestId = NewId();
        await fixture.Branches.CreateBranchAsync(request, fixture.Lab);
        // Nothing was made, so the id is still free.
        request.ValidateOnly = false;
        await fixture.Branches.CreateBranchAsync(request, fixture.Lab);
    }

    private async Task<Branch> GetAsync(string name) =>
        (await fixture.Branches.GetBranchAsync(new() { Name = name }, fixture.Lab)).Branch;

    private string NewId() => $"3d1f2c4b-5a69-4788-9766-{fixture.NextWord()[1..].PadLeft(12, '0')}";

    private static async Task GoneAsync<T>(
        Func<AsyncUnaryCall<T>> call,
        ErrorReason reason = ErrorReason.BranchNotFound
    )
    {
        var refusal = await RefusedAsync(StatusCode.NotFound, reason, call);
        Assert.Contains("done before", refusal.Message, StringComparison.Ordinal);
    }
}
