using Dendrite.Access;
using Dendrite.BranchService.Naming;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Storage.Projects;
using Grpc.Core;

namespace Dendrite.BranchService.Projects;

/// <summary>Projects over gRPC.</summary>
public sealed class ProjectRpc(ProjectStore projects, ReachedProjects reached, TimeProvider time)
    : V1.ProjectService.ProjectServiceBase
{
    public override async Task<V1.CreateProjectResponse> CreateProject(
        V1.CreateProjectRequest request,
        ServerCallContext context
    )
    {
        context.GetCaller().RequireEveryProject();
        var id = ResourceId.Check(request.ProjectId, "project_id");
        var fields = request.Project ?? new();
        var project = new NewProject(id, NewUid(), NewUid())
        {
            DisplayName = ProjectUpdate.DisplayName(fields),
            Description = ProjectUpdate.Description(fields),
            Labels = RequestFields.Labels(fields.Labels, "project.labels"),
            BranchNamingTemplates = BranchNames.Read(fields.BranchNamingTemplates),
        };
        var mutation = Mutations.Of(context, request, request.RequestId, new ProjectName(id).ToString());
        var created = await projects.CreateAsync(project, mutation, context.CancellationToken);
        return new() { Project = ToContract(created) };
    }

    public override async Task<V1.GetProjectResponse> GetProject(
        V1.GetProjectRequest request,
        ServerCallContext context
    )
    {
        var name = ProjectName.Parse(request.Name);
        context.GetCaller().Require(name.Project);
        return new() { Project = ToContract(await projects.GetAsync(name.Project, context.CancellationToken)) };
    }

    public override async Task<V1.ListProjectsResponse> ListProjects(
        V1.ListProjectsRequest request,
        ServerCallContext context
    )
    {
        var page = ListPage.Read(request.PageToken, request.PageSize, nameof(ListProjects));
        var found = await ListAsync(context.GetCaller(), page.AfterName, page.Limit, context.CancellationToken);
        var response = new V1.ListProjectsResponse();
        response.Projects.AddRange(page.Of(found).Select(ToContract));
        response.NextPageToken = page.TokenAfter(found, last => last.Name);
        return response;
    }

    public override async Task<V1.UpdateProjectResponse> UpdateProject(
        V1.UpdateProjectRequest request,
        ServerCallContext context
    )
    {
        if (request.Project is null)
        {
            throw DendriteException.Invalid("project", "is missing");
        }

        var name = ProjectName.Parse(request.Project.Name, "project.name");
        var mutation = Mutations.Of(context, request, request.RequestId, request.Project.Name);
        var project = await reached.ReachAsync(context, name.Project);
        var change = ProjectUpdate.Read(request);
        var target = (name.Project, Etag.ToRevision(request.Project.Etag));
        var updated = await projects.UpdateAsync(project, target, change, mutation, context.CancellationToken);
        return new() { Project = ToContract(updated) };
    }

    /// <summary>A key that is bound to a project sees that one only.</summary>
    private async Task<IReadOnlyList<ProjectRecord>> ListAsync(
        Caller caller,
        string after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        if (caller.ReachesEveryProject)
        {
            return await projects.ListAsync(after, limit, cancellationToken);
        }

        var own = await projects.GetAsync(caller.ProjectName!, cancellationToken);
        return string.CompareOrdinal(own.Name, after) > 0 ? [own] : [];
    }

    private static V1.Project ToContract(ProjectRecord project)
    {
        var mapped = new V1.Project
        {
            Name = new ProjectName(project.Name).ToString(),
            Uid = project.Uid.ToString(),
            DisplayName = project.DisplayName,
            Description = project.Description,
            CreateTime = Timestamps.Of(project.CreateTime),
            UpdateTime = Timestamps.Of(project.UpdateTime),
            Etag = Etag.Of(project.Revision),
        };
        foreach (var (key, value) in project.Labels)
        {
            mapped.Labels.Add(key, value);
        }

        foreach (var (kind, template) in project.BranchNamingTemplates)
        {
            mapped.BranchNamingTemplates.Add(kind, template);
        }

        return mapped;
    }

    private Guid NewUid() => Guid.CreateVersion7(time.GetUtcNow());
}
