using Dendrite.Errors;
using Dendrite.Storage.Requests;

namespace Dendrite.Storage.Alerts;

/// <summary>
/// Finds, lists, makes, changes and deletes alert rules. Each change is one statement that also remembers the request
/// and writes the audit. For the scheduler. Thread-safe.
/// </summary>
/// <remarks>All changes throw REQUEST_ID_REUSED; those with a revision ALERT_RULE_NOT_FOUND and
/// ETAG_MISMATCH.</remarks>
public sealed class AlertRuleStore(PlatformDatabase database)
{
    /// <summary>Each look measures all of them. Two that come at once may both be the last.</summary>
    public const int MaxRules = 200;

    private readonly NamedRows<AlertRuleRecord> rows = new(database, AlertRuleRow.Table);

    /// <summary>The rule of that name. One round trip.</summary>
    /// <exception cref="DendriteException">ALERT_RULE_NOT_FOUND.</exception>
    public Task<AlertRuleRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.GetAsync(project, name, cancellationToken);

    /// <summary>A page of rules, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public Task<IReadOnlyList<AlertRuleRecord>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    ) => rows.ListAsync(project, afterName, limit, cancellationToken);

    /// <exception cref="DendriteException">ALREADY_EXISTS; QUOTA_EXCEEDED.</exception>
    public Task<AlertRuleRecord> CreateAsync(
        ProjectId project,
        AlertRuleRecord rule,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Insert = """
            INSERT INTO scheduling.alert_rule (
                project_id, name, display_name, metric, job, comparison, threshold, hold, recovery_hold, channels,
                quiet_hours, time_zone, disabled)
            SELECT @project, @name, @display_name, @metric, @job, @comparison, @threshold, @hold, @recovery_hold,
                @channels, @quiet_hours, @time_zone, @disabled
            WHERE (SELECT count(*) FROM scheduling.alert_rule WHERE project_id = @project) < @most
            """;
        return rows.CreateAsync(
            project,
            rule.Name,
            new(Insert, command => AlertRuleRow.WithFields(command, rule).With("most", MaxRules)),
            mutation,
            cancellationToken
        );
    }

    /// <summary>Writes the fields of <paramref name="rule"/> over what is there.</summary>
    /// <param name="revision">The one that the new fields were made from.</param>
    public Task<AlertRuleRecord> UpdateAsync(
        ProjectId project,
        AlertRuleRecord rule,
        long revision,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Update = """
            UPDATE scheduling.alert_rule SET display_name = @display_name, metric = @metric, job = @job,
                comparison = @comparison, threshold = @threshold, hold = @hold, recovery_hold = @recovery_hold,
                channels = @channels, quiet_hours = @quiet_hours, time_zone = @time_zone, disabled = @disabled,
                update_time = statement_timestamp(), revision = revision + 1
            """;
        return rows.ChangeAsync(
            project,
            new(rule.Name, revision),
            new(Update, command => AlertRuleRow.WithFields(command, rule)),
            mutation,
            cancellationToken
        );
    }

    public Task DeleteAsync(
        ProjectId project,
        RowTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.DeleteAsync(project, target, mutation, cancellationToken);
}
