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
