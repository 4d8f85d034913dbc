using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Alerts;
using Dendrite.Storage.Requests;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Answers <c>dendrite.v1.AlertService</c>.</summary>
internal sealed partial class AlertRpc(
    ReachedProjects projects,
    AlertRuleStore rules,
    AlertStore alerts,
    AlertChecks checks,
    AlertTrial trial,
    ILogger<AlertRpc> logger
) : AlertService.AlertServiceBase
{
    public override async Task<CreateAlertRuleResponse> CreateAlertRule(
        CreateAlertRuleRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.AlertRuleId, "alert_rule_id");
        var fields = request.AlertRule ?? throw DendriteException.Invalid("alert_rule", "is missing");
        var wanted = AlertInput.New(id, fields, parent.Project);
        var name = new AlertRuleName(parent.Project, id).ToString();
        var mutation = Mutations.Of(context, request, request.RequestId, name);
        var project = await projects.AdministerAsync(context, parent.Project);
        await checks.CheckAsync(wanted, parent.Project, project, context.CancellationToken);
        var made = await rules.CreateAsync(project, wanted, mutation, context.CancellationToken);
        LogCreated(logger, name, mutation.Actor);
        return new() { AlertRule = AlertMapper.ToContract(made, parent.Project) };
    }

    public override async Task<GetAlertRuleResponse> GetAlertRule(
        GetAlertRuleRequest request,
        ServerCallContext context
    )
    {
        var name = AlertRuleName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var rule = await rules.GetAsync(project, name.AlertRule, context.CancellationToken);
        return new() { AlertRule = AlertMapper.ToContract(rule, name.Project) };
    }

    public override async Task<ListAlertRulesResponse> ListAlertRules(
        ListAlertRulesRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var page = ListPage.Read(request.PageToken, request.PageSize, nameof(ListAlertRules), request.Parent);
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await rules.ListAsync(project, page.AfterName, page.Limit, context.CancellationToken);
        var response = new ListAlertRulesResponse();
        response.AlertRules.AddRange(page.Of(found).Select(rule => AlertMapper.ToContract(rule, parent.Project)));
        response.NextPageToken = page.TokenAfter(found, last => last.Name);
        return response;
    }

    public override async Task<UpdateAlertRuleResponse> UpdateAlertRule(
        UpdateAlertRuleRequest request,
        ServerCallContext context
    )
    {
        var fields = request.AlertRule ?? throw DendriteException.Invalid("alert_rule", "is missing");
        var name = AlertRuleName.Parse(fields.Name, "alert_rule.name");
        var mutation = Mutations.Of(context, request, request.RequestId, fields.Name);
        var project = await projects.AdministerAsync(context, name.Project);
        var current = await rules.GetAsync(project, name.AlertRule, context.CancellationToken);
        var wanted = AlertInput.Changed(current, fields, request.UpdateMask, name.Project);
        await checks.CheckAsync(wanted, name.Project, project, context.CancellationToken);
        // What fits together was judged by what is there now: a change in between must not slip under it.
        var revision = Etag.ToRevision(fields.Etag) ?? current.Revision;
        var changed = await rules.UpdateAsync(project, wanted, revision, mutation, context.CancellationToken);
        LogChanged(logger, fields.Name, mutation.Actor);
        return new() { AlertRule = AlertMapper.ToContract(changed, name.Project) };
    }

    public override async Task<DeleteAlertRuleResponse> DeleteAlertRule(
        DeleteAlertRuleRequest request,
        ServerCallContext context
    )
    {
        var name = AlertRuleName.Parse(request.Name);
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var target = new RowTarget(name.AlertRule, Etag.ToRevision(request.Etag));
        var project = await projects.AdministerAsync(context, name.Project);
        var deletion = rules.DeleteAsync(project, target, mutation, context.CancellationToken);
        if (await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.AlertRuleNotFound))
        {
            LogDeleted(logger, request.Name, mutation.Actor);
        }

        return new();
    }

    public override async Task<TestAlertRuleResponse> TestAlertRule(
        TestAlertRuleRequest request,
        ServerCallContext context
    )
    {
        var name = AlertRuleName.Parse(request.Name);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        // It sends to whom the rule names: for whoever may name them.
        var project = await projects.AdministerAsync(context, name.Project);
        var rule = await rules.GetAsync(project, name.AlertRule, context.CancellationToken);
        return await trial.SendAsync((name.Project, project), rule, mutation, context.CancellationToken);
    }

    public override async Task<ListAlertsResponse> ListAlerts(ListAlertsRequest request, ServerCallContext context)
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        string[] same = [nameof(ListAlerts), request.Parent, request.Filter];
        var page = ListPage.Read(request.PageToken, request.PageSize, same);
        var filter = AlertFilter.Read(request.Filter, parent.Project);
        var project = await projects.ReachAsync(context, parent.Project);
        var query = new AlertQuery(page.PlaceAsId(), page.Limit, filter);
        var found = await alerts.ListAsync(project, query, context.CancellationToken);
        var response = new ListAlertsResponse();
        response.Alerts.AddRange(page.Of(found).Select(alert => AlertMapper.ToContract(alert, parent.Project)));
        response.NextPageToken = page.TokenAfter(found, last => last.Id.ToString());
        return response;
    }
}
