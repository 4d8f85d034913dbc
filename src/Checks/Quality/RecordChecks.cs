using Dendrite.Contracts.Names;
using Dendrite.Storage.Records;
using Dendrite.V1;
using Rule = Dendrite.V1.QualityCheck.RuleOneofCase;

namespace Dendrite.Checks.Quality;

/// <summary>Runs the checks that are about records on any state, one that is not committed yet included.
/// Thread-safe.</summary>
public sealed class RecordChecks(RecordQuality counterparts, SqlQuality queries)
{
    /// <summary>Whether a check looks at records, and not at streams.</summary>
    public static bool IsAboutRecords(QualityCheck check) =>
        check.RuleCase is Rule.AssertionSql or Rule.RequiredRecords;

    /// <param name="branch">In whose name findings name datasets.</param>
    /// <param name="checks">All of a run with their places; those about streams are left out.</param>
    /// <exception cref="Errors.DendriteException">
    /// QUOTA_EXCEEDED, NOT_IMPLEMENTED, UNAVAILABLE: see <see cref="RecordQuality"/> and <see cref="SqlQuality"/>.
    /// </exception>
    public async Task CheckAsync(
        RecordView view,
        BranchName branch,
        IReadOnlyList<(int Index, QualityCheck Check)> checks,
        QualityFindings findings,
        CancellationToken cancellation
    )
    {
        foreach (var check in checks.Where(one => one.Check.RuleCase == Rule.RequiredRecords))
        {
            await counterparts.CheckAsync(view, branch, check, findings, cancellation);
        }

        var sql = checks.Where(one => one.Check.RuleCase == Rule.AssertionSql).ToList();
        await queries.CheckAsync(view, sql, findings, cancellation);
    }
}
