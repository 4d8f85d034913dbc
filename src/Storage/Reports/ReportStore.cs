using Dendrite.Errors;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Requests;
using Npgsql;

namespace Dendrite.Storage.Reports;

/// <summary>Finds, lists and deletes reports. Thread-safe.</summary>
public sealed class ReportStore(PlatformDatabase database, IdempotencyStore requests)
{
    /// <summary>The report of that id; null where there is none. One round trip.</summary>
    public async Task<ReportRecord?> FindAsync(ProjectId project, string id, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {ReportRow.Columns} FROM comparison.report AS r
                WHERE r.project_id = @project AND r.report_id = @report
                """
            )
            .With("project", project.Value)
            .With("report", id);
        return await batch.ReadRowAsync(ReportRow.Read, cancellationToken);
    }

    /// <summary>The report of that id. One round trip.</summary>
    /// <exception cref="DendriteException">REPORT_NOT_FOUND.</exception>
    public async Task<ReportRecord> GetAsync(ProjectId project, string id, CancellationToken cancellationToken) =>
        await FindAsync(project, id, cancellationToken) ?? throw NoSuch(id);

    /// <summary>A page of reports, newest first. One round trip.</summary>
    /// <param name="after">The last one of the page before; null for the first.</param>
    public async Task<IReadOnlyList<ReportRecord>> ListAsync(
        ProjectId project,
        RowCondition filter,
        TimedPlace? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        RowConditionSql
            .AddTo(
                batch,
                filter,
                condition =>
                    $"""
                        SELECT {ReportRow.Columns} FROM comparison.report AS r
                        WHERE r.project_id = @project AND {condition}
                            AND (@after_id IS NULL OR (r.create_time, r.report_id) < (@after_time, @after_id))
                        ORDER BY r.create_time DESC, r.report_id DESC LIMIT @limit
                        """
            )
            .With("project", project.Value)
            .With(after)
            .With("limit", limit);
        return await batch.ReadRowsAsync(ReportRow.Read, cancellationToken);
    }

    /// <summary>
    /// Deletes a report with its documents, and forgets the operation that made it: asked for again, it is made anew
    /// and not answered from the operation. A repeated request is answered though the report is gone. One round trip,
    /// one more for a refusal or a repeated request.
    /// </summary>
    /// <exception cref="DendriteException">REPORT_NOT_FOUND; REQUEST_ID_REUSED.</exception>
    public async Task DeleteAsync(ProjectId project, string id, Mutation mutation, CancellationToken cancellationToken)
    {
        if (
            !await TryDeleteAsync(project, id, mutation, cancellationToken)
            && await requests.FindAsync(project, mutation, cancellationToken) is null
        )
        {
            await requests.RememberMissingAsync(project, mutation, cancellationToken);
            throw NoSuch(id);
        }
    }

    private async Task<bool> TryDeleteAsync(
        ProjectId project,
        string id,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = batch
            .Add(
                $"""
                WITH touched AS (
                    DELETE FROM comparison.report WHERE project_id = @project AND report_id = @report
                    RETURNING report_id
                ), forgotten AS (
                    DELETE FROM branching.operation
                    WHERE project_id = @project AND operation_id = @report AND end_time IS NOT NULL
                ), changed AS (SELECT convert_to(report_id, 'UTF8') AS outcome FROM touched),
                {IdempotencyStore.Recording}
                SELECT report_id FROM touched
                """
            )
            .With("project", project.Value)
            .With("report", id);
        IdempotencyStore.WithMutation(command, mutation);
        try
        {
            return await batch.ReadRowAsync(row => row.GetString(0), cancellationToken) is not null;
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            return false;
        }
    }

    internal static DendriteException NoSuch(string id) =>
        new(
            ErrorReason.ReportNotFound,
            $"Report '{id}' does not exist; list the project's reports for those " + $"that do."
        );
}
