using Dendrite.Errors;
using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

/// <summary>Bad input gets the right status and a field, and stores nothing.</summary>
public sealed class RefusalTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Theory]
    [InlineData("")]
    [InlineData("main")]
    [InlineData("projects/lab/branches/")]
    [InlineData("projects/lab/branches/Main")]
    [InlineData("projects/lab/branches/main/")]
    [InlineData("projects/../branches/main")]
    [InlineData("projects/lab/branches/ma in")]
    [InlineData("projects/lab/branches/main\0")]
    [InlineData("projects/lab/branches/x'; DROP TABLE branching.branch; --")]
    public async Task A_malformed_name_is_refused(string name)
    {
        await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.MalformedName,
            () => fixture.Branches.GetBranchAsync(new() { Name = name }, fixture.Lab)
        );
        await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.MalformedName,
            () => fixture.Branches.DeleteBranchAsync(new() { Name = name }, fixture.Lab)
        );
    }

    public static TheoryData<string, CreateBranchRequest> BadCreations =>
        new()
        {
            { "branch.display_name", With(branch => branch.DisplayName = new string('x', 201)) },
            { "branch.display_name", With(branch => branch.DisplayName = "nul \0") },
            { "branch.display_name", With(branch => branch.DisplayName = "escape \u001b[2J") },
            { "branch.description", With(branch => branch.Description = new string('x', 4_001)) },
            { "branch.labels", With(branch => branch.Labels["Not A Key"] = "x") },
            { "branch.labels.site", With(branch => branch.Labels["site"] = new string('x', 257)) },
            { "branch.labels", With(branch => branch.Labels.Add(ManyLabels())) },
            { "branch.kind", With(branch => branch.Kind = BranchKind.Main) },
            { "branch.kind", With(branch => branch.Kind = (BranchKind)99) },
            { "branch.ttl", With(branch => branch.Ttl = new() { Seconds = 59 }) },
            { "branch.ttl", With(branch => branch.Ttl = new() { Seconds = long.MaxValue }) },
            { "branch.ttl", With(branch => (branch.Ttl, branch.ExpireTime) = (new() { Seconds = 60 }, new())) },
            { "branch.expire_time", With(branch => branch.ExpireTime = new() { Seconds = long.MaxValue }) },
            {
                "request_id",
                new() { RequestId = "not a uuid" }
            },
            { "source.point.version", From(new() { Version = 0 }) },
            { "source.point.version", From(new() { Version = -1 }) },
            { "source.point.instant", From(new() { Instant = new() { Nanos = -1 } }) },
            {
                "source.branch",
                new() { Source = new() { Branch = "projects/other/branches/main" } }
            },
        };

    [Theory]
    [MemberData(nameof(BadCreations))]
    [BadInputOf("CreateBranch")]
    public async Task A_creation_with_a_bad_field_names_the_field_and_makes_nothing(
        string field,
        CreateBranchRequest request
    )
    {
        request.Parent = "projects/lab";
        request.BranchId = "never-made";

        var refusal = await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () => fixture.Branches.CreateBranchAsync(request, fixture.Lab)
        );

        Assert.Contains(field, refusal.FieldViolations.Select(violation => violation.Field));
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.BranchNotFound,
            () => fixture.Branches.GetBranchAsync(new() { Name = "projects/lab/branches/never-made" }, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_source_that_is_not_there_is_not_found()
    {
        var request = new CreateBranchRequest
        {
            Parent = "projects/lab",
            BranchId = "from-nothing",
            Source = new() { Branch = "projects/lab/branches/nowhere" },
        };
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.BranchNotFound,
            () => fixture.Branches.CreateBranchAsync(request, fixture.Lab)
        );

        request.Source = new()
        {
            Branch = "projects/lab/branches/main",
            Point = new() { Version = long.MaxValue },
        };
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.CommitNotFound,
            () => fixture.Branches.CreateBranchAsync(request, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_mask_of_what_cannot_be_changed_is_refused()
    {
        foreach (var path in new[] { "uid", "*", "nothing" })
        {
            var request = new UpdateBranchRequest
            {
                Branch = new() { Name = "projects/lab/branches/main" },
                UpdateMask = new FieldMask { Paths = { path } },
            };
            await RefusedAsync(
                StatusCode.InvalidArgument,
                ErrorReason.InvalidUpdateMask,
                () => fixture.Branches.UpdateBranchAsync(request, fixture.Lab)
            );
        }
    }

    [Fact]
    public async Task A_key_of_one_project_reaches_no_other_whether_it_exists_or_not()
    {
        foreach (var project in new[] { "other", "nonexistent" })
        {
            await RefusedAsync(
                StatusCode.PermissionDenied,
                ErrorReason.PermissionDenied,
                () => fixture.Branches.GetBranchAsync(new() { Name = $"projects/{project}/branches/main" }, fixture.Lab)
            );
            await RefusedAsync(
                StatusCode.PermissionDenied,
                ErrorReason.PermissionDenied,
                () => fixture.Branches.ListBranchesAsync(new() { Parent = $"projects/{project}" }, fixture.Lab)
            );
        }

        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.ProjectNotFound,
            () => fixture.Branches.ListBranchesAsync(new() { Parent = "projects/nonexistent" }, fixture.Everywhere)
        );
    }

    [Fact]
    public async Task A_call_without_a_key_is_refused() =>
        await RefusedAsync(
            StatusCode.Unauthenticated,
            ErrorReason.Unauthenticated,
            () => fixture.Branches.GetBranchAsync(new() { Name = "projects/lab/branches/main" })
        );

    private static CreateBranchRequest With(Action<Branch> set)
    {
        var branch = new Branch();
        set(branch);
        return new() { Branch = branch };
    }

    private static CreateBranchRequest From(SnapshotPoint point) =>
        new()
        {
            Source = new() { Branch = "projects/lab/branches/main", Point = point },
        };

    private static Dictionary<string, string> ManyLabels() =>
        Enumerable.Range(0, 65).ToDictionary(i => $"label-{i}", _ => "");
}
