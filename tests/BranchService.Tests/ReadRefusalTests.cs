using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.BranchService.Tests;

/// <summary>Bad arguments to calls about projects, usage and the versions of a record.</summary>
public sealed class ReadRefusalTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private const string Lab = "projects/lab";
    private const string Main = "projects/lab/branches/main";
    private const string Record = "projects/lab/branches/main/datasets/subject/records/s1";

    private static readonly string TenMegabytes = new('x', 10_000_000);

    public static TheoryData<Refusal, CreateProjectRequest> Projects =>
        new()
        {
            { Invalid("project_id"), new() },
            {
                Invalid("project_id"),
                new() { ProjectId = "../lab" }
            },
            {
                Invalid("project_id"),
                new() { ProjectId = "lab'; DROP TABLE branching.project; --" }
            },
            {
                Invalid("project_id"),
                new() { ProjectId = new string('x', 64) }
            },
            {
                Of(StatusCode.AlreadyExists),
                new() { ProjectId = "lab" }
            },
            { Invalid("request_id"), New(create => create.RequestId = "x") },
            { Invalid("project.display_name"), New(create => create.Project.DisplayName = new string('x', 201)) },
            { Invalid("project.display_name"), New(create => create.Project.DisplayName = "\u001b[2J") },
            { Invalid("project.description"), New(create => create.Project.Description = new string('x', 4_001)) },
            { Invalid("project.description"), New(create => create.Project.Description = "\0") },
            { Invalid("project.labels"), New(create => create.Project.Labels["a' OR '1'='1"] = "") },
            { Invalid("project.labels.site"), New(create => create.Project.Labels["site"] = new string('x', 257)) },
            { Of(StatusCode.ResourceExhausted), New(create => create.Project.Labels["site"] = TenMegabytes) },
        };

    public static TheoryData<Refusal, UpdateProjectRequest> Updates =>
        new()
        {
            { Invalid("project"), new() },
            { Invalid("project.name"), Change(update => update.Project.Name = "lab") },
            { Of(StatusCode.PermissionDenied), Change(update => update.Project.Name = "projects/other") },
            { Invalid("project.display_name"), Change(update => update.Project.DisplayName = "nul \0") },
            { Invalid("project.labels.site"), Change(update => update.Project.Labels["site"] = "\a") },
            { Of(StatusCode.Aborted), Change(update => update.Project.Etag = "\"99\"") },
            { Invalid("update_mask"), Change(update => update.UpdateMask = new() { Paths = { "name" } }) },
            { Invalid("update_mask"), Change(update => update.UpdateMask = new() { Paths = { "*" } }) },
            { Invalid("request_id"), Change(update => update.RequestId = "x") },
        };

    public static TheoryData<Refusal, string> ProjectNames =>
        new()
        {
            { Invalid("name"), "" },
            { Invalid("name"), "lab" },
            { Invalid("name"), "projects/../lab" },
            { Invalid("name"), "projects/lab\0" },
            { Invalid("name"), "projects/lab'; --" },
            { Of(StatusCode.ResourceExhausted), TenMegabytes },
            { Of(StatusCode.PermissionDenied), "projects/other" },
            { Of(StatusCode.PermissionDenied), "projects/nowhere" },
        };

    public static TheoryData<Refusal, string> BranchNames =>
        new()
        {
            { Invalid("name"), "" },
            { Invalid("name"), "projects/lab/branches/" },
            { Invalid("name"), "projects/lab/branches/main/" },
            { Invalid("name"), "projects/lab/branches/x'; DROP TABLE branching.branch; --" },
            { Of(StatusCode.ResourceExhausted), TenMegabytes },
            { Of(StatusCode.PermissionDenied), "projects/other/branches/main" },
            { Of(StatusCode.NotFound), "projects/lab/branches/nowhere" },
        };

    public static TheoryData<Refusal, ListRecordVersionsRequest> Versions =>
        new()
        {
            { Invalid("name"), new() },
            {
                Invalid("name"),
                new() { Name = Main }
            },
            {
                Invalid("name"),
                new() { Name = $"{Record}/../s2" }
            },
            {
                Invalid("name"),
                new() { Name = $"{Record}'; DROP TABLE records.row; --" }
            },
            {
                Invalid("name"),
                new() { Name = $"{Record}\0" }
            },
            {
                Invalid("name"),
                new() { Name = Record + new string('x', 3_073) }
            },
            {
                Of(StatusCode.ResourceExhausted),
                new() { Name = TenMegabytes }
            },
            {
                Of(StatusCode.PermissionDenied),
                new() { Name = Record.Replace("/lab/", "/other/") }
            },
            {
                Of(StatusCode.NotFound),
                new() { Name = Record.Replace("/main/", "/nowhere/") }
            },
            // A project of its own has no dataset.
            {
                Of(StatusCode.NotFound),
                new() { Name = Record }
            },
            {
                Invalid("page_size"),
                new() { Name = Record, PageSize = -1 }
            },
            {
                Invalid("page_token"),
                new() { Name = Record, PageToken = "%%%" }
            },
            { Invalid("at.version"), At(new() { Version = 0 }) },
            { Invalid("at.tag"), At(new() { Tag = "projects/other/tags/t" }) },
            { Invalid("at.instant"), At(new() { Instant = new() { Nanos = -1 } }) },
            { Of(StatusCode.NotFound), At(new() { Version = long.MaxValue }) },
        };

    [Theory]
    [MemberData(nameof(Projects))]
    [BadInputOf("CreateProject")]
    public async Task A_bad_project_is_not_made(Refusal refusal, CreateProjectRequest request) =>
        await RefusesAsync(refusal, () => fixture.Projects.CreateProjectAsync(request, fixture.Everywhere));

    [Theory]
    [MemberData(nameof(Updates))]
    [BadInputOf("UpdateProject")]
    public async Task A_bad_update_changes_no_project(Refusal refusal, UpdateProjectRequest request) =>
        await RefusesAsync(refusal, () => fixture.Projects.UpdateProjectAsync(request, fixture.Lab));

    [Theory]
    [MemberData(nameof(ProjectNames))]
    [BadInputOf("GetProject")]
    public async Task A_project_that_cannot_be_is_not_found(Refusal refusal, string name) =>
        await RefusesAsync(refusal, () => fixture.Projects.GetProjectAsync(new() { Name = name }, fixture.Lab));

    [Theory]
    [InlineData("page_size", -1, "")]
    [InlineData("page_token", 0, "%%%")]
    [InlineData("page_token", 0, "AAAA")]
    [BadInputOf("ListProjects")]
    public async Task A_page_of_projects_that_cannot_be_is_refused(string field, int size, string token) =>
        await RefusesAsync(
            Invalid(field),
            () => fixture.Projects.ListProjectsAsync(new() { PageSize = size, PageToken = token }, fixture.Everywhere)
        );

    [Theory]
    [MemberData(nameof(BranchNames))]
    [BadInputOf("GetBranchUsage", "GetBranch")]
    public async Task A_branch_that_cannot_be_has_no_usage(Refusal refusal, string name)
    {
        await RefusesAsync(refusal, () => fixture.Branches.GetBranchUsageAsync(new() { Name = name }, fixture.Lab));
        await RefusesAsync(refusal, () => fixture.Branches.GetBranchAsync(new() { Name = name }, fixture.Lab));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    [BadInputOf("ListRecordVersions")]
    public async Task A_record_that_cannot_be_has_no_versions(Refusal refusal, ListRecordVersionsRequest request) =>
        await RefusesAsync(refusal, () => fixture.History.ListRecordVersionsAsync(request, fixture.Lab));

    private async Task RefusesAsync<T>(Refusal refusal, Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(refusal, await fixture.RefusalOfAsync(call));

    private static CreateProjectRequest New(Action<CreateProjectRequest> spoil)
    {
        var request = new CreateProjectRequest { ProjectId = "never", Project = new() };
        spoil(request);
        return request;
    }

    private static UpdateProjectRequest Change(Action<UpdateProjectRequest> spoil)
    {
        var request = new UpdateProjectRequest
        {
            Project = new() { Name = Lab, DisplayName = "Never" },
        };
        spoil(request);
        return request;
    }

    private static ListRecordVersionsRequest At(SnapshotPoint point) => new() { Name = Record, At = point };
}
