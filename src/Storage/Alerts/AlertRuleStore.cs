using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Npgsql;

namespace Dendrite.Storage.Alerts;

/// <summary>
/// Finds, lists, makes, changes and deletes alert rules. Each change is one statement that also remembers the request
/// and writes the audit. For the scheduler. Thread-safe.
/// </summary>
/// <remarks>All changes throw REQUEST_ID_REUSED; those with a revision ALERT_RULE_NOT_FOUND and
/// ETAG_MISMATCH.</remarks>
public sealed class AlertRuleStore
{
    /// <summary>Each look measures all of them. Two that come at once may both be the last.</summary>
    public const int MaxRules = 200;

    private const string NameConstraint = "alert_rule_name_is_taken";

    private readonly PlatformDatabase database;
    private readonly NamedRows<AlertRuleRecord> rows;

    public AlertRuleStore(PlatformDatabase database)
    {
        this.database = database;
        rows = new(
            database,
            new IdempotencyStore(database),
            new("Alert rule", "scheduling.alert_rule", "a", "alert_rule_id", AlertRuleRow.Columns, AlertRuleRow.Read)
            {
                FindById = (project, id, token) => FindAsync(project, "a.alert_rule_id = @id", "", id, token),
                FindByName = FindAsync,
                NoSuch = NoSuchRule,
            }
        );
    }

    /// <summary>The rule of that name; null where there is none. One round trip.</summary>
    public Task<AlertRuleRecord?> FindAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        FindAsync(project, "a.name = @name", name, 0, cancellationToken);

    /// <summary>The rule of that name. One round trip.</summary>
    /// <exception cref="DendriteException">ALERT_RULE_NOT_FOUND.</exception>
    public async Task<AlertRuleRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        await FindAsync(project, name, cancellationToken) ?? throw NoSuchRule(name);

    /// <summary>A page of rules, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public async Task<IReadOnlyList<AlertRuleRecord>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {AlertRuleRow.Columns} FROM scheduling.alert_rule a
                WHERE a.project_id = @project AND a.name > @after
                ORDER BY a.name
                LIMIT @limit
                """
            )
            .With("project", project.Value)
            .With("after", afterName)
            .With("limit", limit);
        return await batch.ReadRowsAsync(AlertRuleRow.Read, cancellationToken);
    }

    /// <exception cref="DendriteException">ALREADY_EXISTS; QUOTA_EXCEEDED.</exception>
    public async Task<AlertRuleRecord> CreateAsync(
        ProjectId project,
        AlertRuleRecord rule,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var batch = database.CreateBatch(project);
            var command = batch.Add(
                $"""
                WITH a AS (
                    INSERT INTO scheduling.alert_rule (
                        project_id, name, display_name, metric, job, comparison, threshold, hold, recovery_hold,
                        channels, quiet_hours, time_zone, disabled)
                    SELECT @project, @name, @display_name, @metric, @job, @comparison, @threshold, @hold,
                        @recovery_hold, @channels, @quiet_hours, @time_zone, @disabled
                    WHERE (SELECT count(*) FROM scheduling.alert_rule WHERE project_id = @project) < @most
                    RETURNING *
                ), {rows.Recorded}
                """
            );
            AlertRuleRow
                .WithFields(command, rule)
                .With("project", project.Value)
                .With("name", rule.Name)
                .With("most", MaxRules);
            IdempotencyStore.WithMutation(command, mutation);
            return await batch.ReadRowAsync(AlertRuleRow.Read, cancellationToken)
                ?? await rows.FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.QuotaExceeded,
                    $"The project has {MaxRules} alert rules already; delete one that nobody needs."
                );
        }
        catch (PostgresException failure)
            when (IdempotencyStore.IsRepetition(failure) || failure.IsTaken(NameConstraint))
        {
            return await rows.FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.AlreadyExists,
                    $"Alert rule '{rule.Name}' exists already: choose another id, or change that one.",
                    failure
                );
        }
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
            (rule.Name, revision),
            mutation,
            new(Update, command => AlertRuleRow.WithFields(command, rule)),
            cancellationToken
        );
    }

    public Task DeleteAsync(
        ProjectId project,
        AlertRuleTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.DeleteAsync(project, (target.Name, target.Revision), mutation, cancellationToken);

    /// <summary>ALERT_RULE_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchRule(string name) =>
        new(ErrorReason.AlertRuleNotFound, $"Alert rule '{name}' does not exist; list the rules of the project.");

    private async Task<AlertRuleRecord?> FindAsync(
        ProjectId project,
        string condition,
        string name,
        long id,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {AlertRuleRow.Columns} FROM scheduling.alert_rule a
                WHERE a.project_id = @project AND {condition}
                """
            )
            .With("project", project.Value)
            .With("name", name)
            .With("id", id);
        return await batch.ReadRowAsync(AlertRuleRow.Read, cancellationToken);
    }
}
