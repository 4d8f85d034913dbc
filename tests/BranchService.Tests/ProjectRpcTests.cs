using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

public sealed class ProjectRpcTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_project_comes_with_its_protected_main()
    {
        var request = new CreateProjectRequest
        {
            ProjectId = "new-lab",
            Project = new() { DisplayName = "New" },
        };

        var project = (await fixture.Projects.CreateProjectAsync(request, fixture.Everywhere)).Project;

        Assert.Equal(("projects/new-lab", "New"), (project.Name, project.DisplayName));
        var main = await fixture.Branches.GetBranchAsync(
            new() { Name = "projects/new-lab/branches/main" },
            fixture.Everywhere
        );
        Assert.True(main.Branch.Protected);
        Assert.Equal(BranchKind.Main, main.Branch.Kind);
    }

    [Fact]
    public async Task A_repeated_creation_is_answered_and_a_second_one_refused()
    {
        var request = new CreateProjectRequest
        {
            ProjectId = "twice",
            RequestId = "4e4c4b61-37a4-4d0c-9a62-3f5ea10b2b1f",
        };

        var first = await fixture.Projects.CreateProjectAsync(request, fixture.Everywhere);
        Assert.Equal(first, await fixture.Projects.CreateProjectAsync(request, fixture.Everywhere));

        await RefusedAsync(
            StatusCode.AlreadyExists,
            ErrorReason.AlreadyExists,
            () => fixture.Projects.CreateProjectAsync(new() { ProjectId = "twice" }, fixture.Everywhere)
        );
    }

    [Fact]
    public async Task A_request_id_makes_one_project_and_no_other()
    {
        const string Id = "0d9b0a3e-9f0e-4a54-8d3b-3c6a3f1f0b11";
        var one = new CreateProjectRequest { ProjectId = "one-of-id", RequestId = Id };
        var made = await fixture.Projects.CreateProjectAsync(one, fixture.Everywhere);

        await RefusedAsync(
            StatusCode.AlreadyExists,
            ErrorReason.RequestIdReused,
            () => fixture.Projects.CreateProjectAsync(new(one) { ProjectId = "other-of-id" }, fixture.Everywhere)
        );
        await RefusedAsync(
            StatusCode.AlreadyExists,
            ErrorReason.RequestIdReused,
            () =>
                fixture.Projects.CreateProjectAsync(
                    new(one) { Project = new() { DisplayName = "x" } },
                    fixture.Everywhere
                )
        );

        Assert.Equal(made, await fixture.Projects.CreateProjectAsync(one, fixture.Everywhere));
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.ProjectNotFound,
            () => fixture.Projects.GetProjectAsync(new() { Name = "projects/other-of-id" }, fixture.Everywhere)
        );
    }

    [Fact]
    public async Task A_key_of_one_project_makes_none_and_lists_its_own()
    {
        await RefusedAsync(
            StatusCode.PermissionDenied,
            ErrorReason.PermissionDenied,
            () => fixture.Projects.CreateProjectAsync(new() { ProjectId = "mine" }, fixture.Lab)
        );

        var own = await fixture.Projects.ListProjectsAsync(new(), fixture.Lab);
        Assert.Equal(["projects/lab"], own.Projects.Select(project => project.Name));
        var all = await fixture.Projects.ListProjectsAsync(new(), fixture.Everywhere);
        Assert.Contains("projects/other", all.Projects.Select(project => project.Name));
    }

    [Fact]
    public async Task Projects_are_listed_in_pages()
    {
        var first = await fixture.Projects.ListProjectsAsync(new() { PageSize = 1 }, fixture.Everywhere);
        var second = await fixture.Projects.ListProjectsAsync(
            new() { PageSize = 1, PageToken = first.NextPageToken },
            fixture.Everywhere
        );

        Assert.True(string.CompareOrdinal(first.Projects[0].Name, second.Projects[0].Name) < 0);
    }
}
