using Dendrite.Access;
using Dendrite.Checks.Assertions;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Assertions;
using Dendrite.Storage.Records;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Grpc.Core;

namespace Dendrite.BranchService.Assertions;

/// <summary>Assertions over gRPC: reads the request, calls the store, maps the answer.</summary>
public sealed partial class AssertionRpc(
    ReachedProjects projects,
    AssertionStore assertions,
    AssertionWriter writer,
    AssertionChecks checks,
    SnapshotReader snapshots,
    TimeProvider time,
    ILogger<AssertionRpc> logger
) : V1.AssertionService.AssertionServiceBase
{
    private const string SqlField = "assertion.sql";
    private const string Main = "main";

    public override async Task<V1.CreateAssertionResponse> CreateAssertion(
        V1.CreateAssertionRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.AssertionId, "assertion_id");
        var fields = request.Assertion ?? throw DendriteException.Invalid("assertion", "is missing");
        var caller = context.GetCaller();
        var uid = Guid.CreateVersion7(time.GetUtcNow());
        var assertion = AssertionInput.New(id, uid, fields, caller.Label);
        var source = SourceOf(request.SchemaSource, parent.Project, "schema_source");
        var name = new AssertionName(parent.Project, id).ToString();
        var mutation = Mutations.Of(context, request, request.RequestId, name);
        var project = await projects.AdministerAsync(context, parent.Project);
        await DemandFitAsync(project, source, assertion.Sql, context.CancellationToken);
        var created = await writer.CreateAsync(project, assertion, mutation, context.CancellationToken);
        LogCreated(logger, name, mutation.Actor);
        return new() { Assertion = AssertionMapper.ToContract(created, parent.Project) };
    }

    public override async Task<V1.GetAssertionResponse> GetAssertion(
        V1.GetAssertionRequest request,
        ServerCallContext context
    )
    {
        var name = AssertionName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var assertion = await assertions.GetAsync(project, name.Assertion, context.CancellationToken);
        return new() { Assertion = AssertionMapper.ToContract(assertion, name.Project) };
    }

    public override async Task<V1.ListAssertionsResponse> ListAssertions(
        V1.ListAssertionsRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var page = ListPage.Read(request.PageToken, request.PageSize, "ListAssertions", request.Parent);
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await assertions.ListAsync(project, page.AfterName, page.Limit, context.CancellationToken);
        var response = new V1.ListAssertionsResponse();
        response.Assertions.AddRange(page.Of(found).Select(one => AssertionMapper.ToContract(one, parent.Project)));
        response.NextPageToken = page.TokenAfter(found, last => last.Name);
        return response;
    }

    public override async Task<V1.UpdateAssertionResponse> UpdateAssertion(
        V1.UpdateAssertionRequest request,
        ServerCallContext context
    )
    {
        var fields = request.Assertion ?? throw DendriteException.Invalid("assertion", "is missing");
        var name = AssertionName.Parse(fields.Name, "assertion.name");
        var change = AssertionInput.Change(request);
        var source = SourceOf(request.SchemaSource, name.Project, "schema_source");
        var mutation = Mutations.Of(context, request, request.RequestId, fields.Name);
        var project = await projects.AdministerAsync(context, name.Project);
        if (change.Sql is { } sql)
        {
            await DemandFitAsync(project, source, sql, context.CancellationToken);
        }

        var target = new RowTarget(name.Assertion, Etag.ToRevision(fields.Etag));
        var changed = await writer.UpdateAsync(project, target, change, mutation, context.CancellationToken);
        LogChanged(logger, fields.Name, mutation.Actor);
        return new() { Assertion = AssertionMapper.ToContract(changed, name.Project) };
    }

    public override async Task<V1.DeleteAssertionResponse> DeleteAssertion(
        V1.DeleteAssertionRequest request,
        ServerCallContext context
    )
    {
        var name = AssertionName.Parse(request.Name);
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var project = await projects.AdministerAsync(context, name.Project);
        var target = new RowTarget(name.Assertion, Etag.ToRevision(request.Etag));
        var deletion = writer.DeleteAsync(project, target, mutation, context.CancellationToken);
        if (await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.AssertionNotFound))
        {
            LogDeleted(logger, request.Name, mutation.Actor);
        }

        return new();
    }

    public override async Task<V1.CheckAssertionsResponse> CheckAssertions(
        V1.CheckAssertionsRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var source = SourceOf(request.Source, parent.Project, "source");
        var wanted = WantedOf(request, parent.Project);
        var project = await projects.ReachAsync(context, parent.Project);
        var all = await assertions.ListAllAsync(project, context.CancellationToken);
        if (wanted.FirstOrDefault(name => all.All(one => one.Name != name)) is { } missing)
        {
            throw AssertionStore.NoSuchAssertion(missing);
        }

        var (branch, point) = source;
        var snapshot = await snapshots.ReadAsync(project, branch, point, context.CancellationToken);
        var chosen = wanted.Count == 0 ? all : [.. all.Where(one => wanted.Contains(one.Name))];
        var response = new V1.CheckAssertionsResponse { Version = snapshot.Version.Value };
        if (chosen.Count > 0)
        {
            var view = new RecordView(project, snapshot.Snapshot);
            var outcomes = await checks.RunAsync(view, chosen, context.CancellationToken);
            response.Results.AddRange(outcomes.Select(one => AssertionMapper.ToContract(one, parent.Project)));
        }

        return response;
    }

    private static HashSet<string> WantedOf(V1.CheckAssertionsRequest request, string project)
    {
        const string Field = "assertions";
        if (request.Assertions.Count > AssertionWriter.MaxAssertions)
        {
            throw DendriteException.Invalid(
                Field,
                $"has {request.Assertions.Count}; at most {AssertionWriter.MaxAssertions} are allowed"
            );
        }

        var names = request.Assertions.Select((name, i) => AssertionName.Parse(name, $"{Field}[{i}]")).ToList();
        return names.Exists(name => name.Project != project)
            ? throw DendriteException.Invalid(Field, $"names one of another project than '{project}'")
            : [.. names.Select(name => name.Assertion)];
    }

    private async Task DemandFitAsync(
        ProjectId project,
        (string Branch, SnapshotPoint Point) source,
        string sql,
        CancellationToken cancellationToken
    )
    {
        var snapshot = await snapshots.ReadAsync(project, source.Branch, source.Point, cancellationToken);
        await checks.DemandFitAsync(new(project, snapshot.Snapshot), sql, SqlField, cancellationToken);
    }

    private static (string Branch, SnapshotPoint Point) SourceOf(
        V1.SnapshotReference? reference,
        string project,
        string field
    )
    {
        if (reference is null)
        {
            return (Main, SnapshotPoint.Head);
        }

        var (branch, point) = SnapshotPoints.Read(reference, project, field);
        return (branch?.Branch ?? "", point);
    }
}
