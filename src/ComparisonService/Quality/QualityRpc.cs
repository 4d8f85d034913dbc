using System.Globalization;
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
using Dendrite.Storage.Projects;
using Dendrite.Storage.Quality;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Quality;

/// <summary>Answers <c>dendrite.v1.QualityService</c>.</summary>
public sealed partial class QualityRpc(
    ProjectStore projects,
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
        var project = await AdministeredAsync(context, parent.Project);
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
        var project = await ReachedAsync(context, name.Project);
        var check = await checks.GetAsync(project, name.QualityCheck, context.CancellationToken);
        return new() { QualityCheck = QualityMapper.ToContract(check, name.Project) };
    }

    public override async Task<ListQualityChecksResponse> ListQualityChecks(
        ListQualityChecksRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        string[] same = [nameof(ListQualityChecks), request.Parent];
        var after = PageToken.Decode(request.PageToken, same) ?? "";
        var size = PageSize.Resolve(request.PageSize);
        var project = await ReachedAsync(context, parent.Project);
        // One more than the page says whether there is a next one.
        var found = await checks.ListAsync(project, after, size + 1, context.CancellationToken);
        var response = new ListQualityChecksResponse();
        response.QualityChecks.AddRange(
            found.Take(size).Select(check => QualityMapper.ToContract(check, parent.Project))
        );
        response.NextPageToken = found.Count > size ? PageToken.Encode(found[size - 1].Name, same) : "";
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
        var target = new QualityCheckTarget(name.QualityCheck, Etag.ToRevision(fields.Etag));
        var project = await AdministeredAsync(context, name.Project);
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
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var target = new QualityCheckTarget(name.QualityCheck, Etag.ToRevision(request.Etag));
        var project = await AdministeredAsync(context, name.Project);
        try
        {
            await checks.DeleteAsync(project, target, mutation, context.CancellationToken);
            LogDeleted(logger, request.Name, mutation.Actor);
        }
        catch (DendriteException missing)
            when (missing.Reason == ErrorReason.QualityCheckNotFound && request.AllowMissing)
        {
            // The caller wants it gone, and it is.
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
        var project = await ReachedAsync(context, parent.Project);
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
        var size = PageSize.Resolve(request.PageSize);
        var filter = ReadFilter(request.Filter, parent.Project);
        string[] same = [nameof(ListQualityResults), request.Parent, request.Filter];
        var after = ReadPlace(PageToken.Decode(request.PageToken, same));
        var project = await ReachedAsync(context, parent.Project);
        var found = await results.ListAsync(project, filter, after, size + 1, context.CancellationToken);
        var response = new ListQualityResultsResponse();
        foreach (var result in found.Take(size))
        {
            if (response.Results.Count > 0 && response.CalculateSize() + result.Content.Length > MaxPageBytes)
            {
                break;
            }

            response.Results.Add(QualityResult.Parser.ParseFrom(result.Content));
        }

        var count = response.Results.Count;
        response.NextPageToken = found.Count > count ? PageToken.Encode(ShowPlace(found[count - 1]), same) : "";
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

    private static string ShowPlace(QualityResultRecord result) =>
        string.Create(CultureInfo.InvariantCulture, $"{result.CreateTime.UtcTicks} {result.Id}");

    private static QualityResultPlace? ReadPlace(string? token) =>
        token?.Split(' ') is [var ticks, var id]
            ? new(new(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero), id)
            : null;

    private Task<ProjectId> AdministeredAsync(ServerCallContext context, string project)
    {
        context.GetCaller().RequireAdministrator(project);
        return ReachedAsync(context, project);
    }

    private async Task<ProjectId> ReachedAsync(ServerCallContext context, string project)
    {
        context.GetCaller().Require(project);
        return (await projects.GetAsync(project, context.CancellationToken)).Id;
    }
}
