using Dendrite.Access;
using Dendrite.Checks.Assertions;
using Dendrite.ComparisonService.Snapshots;
using Dendrite.Contracts.Filters;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Quality;
using Dendrite.Storage.Requests;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Quality;

/// <summary>Answers <c>dendrite.v1.QualityService</c>.</summary>
public sealed partial class QualityRpc(
    ReachedProjects projects,
    QualityCheckStore checks,
    QualityResultStore results,
    ComparandResolver snapshots,
    AssertionChecks assertions,
    OperationStarter operations,
    ILogger<QualityRpc> logger
) : QualityService.QualityServiceBase
{
    /// <summary>Results are up to 1 MB: an answer holds one of any size, and others that fit beside it.</summary>
    private const int MaxPageBytes = 3_000_000;

    public override async Task<CreateQualityCheckResponse> CreateQualityCheck(
        CreateQualityCheckRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.QualityCheckId, "quality_check_id");
        var fields = request.QualityCheck ?? throw DendriteException.Invalid("quality_check", "is missing");
        var check = QualityInput.New(fields);
        var name = new QualityCheckName(parent.Project, id).ToString();
        var mutation = Mutations.Of(context, request, request.RequestId, name);
        var project = await projects.AdministerAsync(context, parent.Project);
        await DemandFitAsync(project, parent, fields, request.SchemaSource, context);
        var made = await checks.CreateAsync(project, id, check, mutation, context.CancellationToken);
        LogCreated(logger, name, mutation.Actor);
        return new() { QualityCheck = QualityMapper.ToContract(made, parent.Project) };
    }

    public override async Task<GetQualityCheckResponse> GetQualityCheck(
        GetQualityCheckRequest request,
        ServerCallContext context
    )
    {
        var name = QualityCheckName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var check = await checks.GetAsync(project, name.QualityCheck, context.CancellationToken);
        return new() { QualityCheck = QualityMapper.ToContract(check, name.Project) };
    }

    public override async Task<ListQualityChecksResponse> ListQualityChecks(
        ListQualityChecksRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var page = ListPage.Read(request.PageToken, request.PageSize, nameof(ListQualityChecks), request.Parent);
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await checks.ListAsync(project, page.AfterName, page.Limit, context.CancellationToken);
        var response = new ListQualityChecksResponse();
        response.QualityChecks.AddRange(
            page.Of(found).Select(check => QualityMapper.ToContract(check, parent.Project))
        );
        response.NextPageToken = page.TokenAfter(found, last => last.Name);
        return response;
    }

    public override async Task<UpdateQualityCheckResponse> UpdateQualityCheck(
        UpdateQualityCheckRequest request,
        ServerCallContext context
    )
    {
        var fields = request.QualityCheck ?? throw DendriteException.Invalid("quality_check", "is missing");
        var name = QualityCheckName.Parse(fields.Name, "quality_check.name");
        var change = QualityInput.Change(fields, request.UpdateMask);
        var mutation = Mutations.Of(context, request, request.RequestId, fields.Name);
        var target = new RowTarget(name.QualityCheck, Etag.ToRevision(fields.Etag));
        var project = await projects.AdministerAsync(context, name.Project);
        if (change.RuleJson is not null)
        {
            await DemandFitAsync(project, new(name.Project), fields, request.SchemaSource, context);
        }

        var changed = await checks.UpdateAsync(project, target, change, mutation, context.CancellationToken);
        LogChanged(logger, fields.Name, mutation.Actor);
        return new() { QualityCheck = QualityMapper.ToContract(changed, name.Project) };
    }

    public override async Task<DeleteQualityCheckResponse> DeleteQualityCheck(
        DeleteQualityCheckRequest request,
        ServerCallContext context
    )
    {
        var name = QualityCheckName.Parse(request.Name);
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var target = new RowTarget(name.QualityCheck, Etag.ToRevision(request.Etag));
        var project = await projects.AdministerAsync(context, name.Project);
        var deletion = checks.DeleteAsync(project, target, mutation, context.CancellationToken);
        if (await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.QualityCheckNotFound))
        {
            LogDeleted(logger, request.Name, mutation.Actor);
        }

        return new();
    }

    /// <summary>
    /// Settles the state and the checks, and begins. A project's round trip, at most two for the state, one for the
    /// checks, one to begin.
    /// </summary>
    public override async Task<RunQualityChecksResponse> RunQualityChecks(
        RunQualityChecksRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var wanted = ReadWanted(request, parent.Project);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Parent);
        var project = await projects.ReachAsync(context, parent.Project);
        var work = new WorkProject(project, parent);
        var token = context.CancellationToken;
        // Before heads are read: they may have moved since the first time.
        if (await operations.FindAsync(work, mutation, token) is { } again)
        {
            return new() { Operation = again };
        }

        var side = await snapshots.ResolveAsync(parent, project, request.Snapshot, "snapshot", token);
        var all = await checks.ListAsync(project, "", QualityCheckStore.MaxChecks * 2, token);
        if (wanted.FirstOrDefault(name => all.All(check => check.Name != name)) is { } missing)
        {
            throw QualityCheckStore.NoSuchCheck(missing);
        }

        var chosen = all.Where(check => wanted.Count == 0 || wanted.Contains(check.Name))
            .Select(check => QualityMapper.ToContract(check, parent.Project));
        var settled = SettledChecks.Of(side, [.. chosen]);
        var asked = new LongWork(QualityTask.MethodName, settled.ToMessage())
        {
            Identity = [QualityTask.Revision, settled.Result, .. settled.Checks.Select(check => check.AsMemory())],
        };
        return new() { Operation = await operations.StartAsync(work, asked, mutation, token) };
    }

    public override async Task<ListQualityResultsResponse> ListQualityResults(
        ListQualityResultsRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        string[] same = [nameof(ListQualityResults), request.Parent, request.Filter];
        var page = ListPage.Read(request.PageToken, request.PageSize, same);
        var filter = ReadFilter(request.Filter, parent.Project);
        var after = TimedPlace.Parse(page.Place);
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await results.ListAsync(project, filter, after, page.Limit, context.CancellationToken);
        var response = new ListQualityResultsResponse();
        foreach (var result in page.Of(found))
        {
            if (response.Results.Count > 0 && response.CalculateSize() + result.Content.Length > MaxPageBytes)
            {
                break;
            }

            response.Results.Add(QualityResult.Parser.ParseFrom(result.Content));
        }

        response.NextPageToken = page.TokenAfter(
            found,
            response.Results.Count,
            last => $"{new TimedPlace(last.CreateTime, last.Id)}"
        );
        return response;
    }

    /// <summary>SQL that does not run is refused when it is given, not when a merge needs it.</summary>
    private async Task DemandFitAsync(
        ProjectId project,
        ProjectName name,
        QualityCheck check,
        SnapshotReference? source,
        ServerCallContext context
    )
    {
        if (check.RuleCase != QualityCheck.RuleOneofCase.AssertionSql)
        {
            return;
        }

        var token = context.CancellationToken;
        var asked = source ?? new() { Branch = new BranchName(name.Project, "main").ToString() };
        var side = await snapshots.ResolveAsync(name, project, asked, "schema_source", token);
        await assertions.DemandFitAsync(new(project, side.Snapshot), check.AssertionSql, QualityInput.SqlField, token);
    }

    private static HashSet<string> ReadWanted(RunQualityChecksRequest request, string project)
    {
        const string Field = "checks";
        if (request.Checks.Count > QualityCheckStore.MaxChecks)
        {
            throw DendriteException.Invalid(
                Field,
                $"has {request.Checks.Count}; at most {QualityCheckStore.MaxChecks} are allowed"
            );
        }

        var names = request.Checks.Select((name, i) => QualityCheckName.Parse(name, $"{Field}[{i}]")).ToList();
        return names.Exists(name => name.Project != project)
            ? throw DendriteException.Invalid(Field, $"names one of another project than '{project}'")
            : [.. names.Select(name => name.QualityCheck)];
    }

    private static RowCondition ReadFilter(string filter, string project) =>
        FilterMapping.Map(
            filter,
            comparison =>
                comparison.Field.Name switch
                {
                    "snapshot.branch" => FilterMapping.Name(
                        comparison,
                        QualityResultFields.Branch,
                        $"projects/{project}/branches/"
                    ),
                    "passed" => FilterMapping.Boolean(comparison, QualityResultFields.Passed),
                    "create_time" => FilterMapping.Instant(comparison, QualityResultFields.CreateTime),
                    _ => throw FilterError.UnknownField(comparison.Field, "snapshot.branch, passed and create_time"),
                }
        );
}
