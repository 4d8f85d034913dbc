using Dendrite.ComparisonService.Experiments;
using Dendrite.ComparisonService.Snapshots;
using Dendrite.Errors;
using Dendrite.Reports.Document;
using Dendrite.Storage.Commits;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Reports;

/// <summary>Settles what a report is about before its work begins. Thread-safe.</summary>
public sealed class ReportSettler(ExperimentSettler experiments, CommitStore commits)
{
    /// <summary>The round trips of <see cref="ExperimentSettler"/>, and one for each side's newest commit.</summary>
    /// <exception cref="DendriteException">What pairing throws, with fields of this request.</exception>
    internal async Task<SettledReport> SettleAsync(
        AskedReport asked,
        Comparison comparison,
        CancellationToken cancellation
    )
    {
        try
        {
            var (from, to) = (comparison.Sides.From, comparison.Sides.To);
            return new(
                asked.Title.Length > 0 ? asked.Title : $"{from.Branch.Branch} and {to.Branch.Branch}",
                asked.Mode == DiffMode.Unspecified ? DiffMode.TwoPoint : asked.Mode,
                await experiments.SettleAsync(comparison, asked.Options, cancellation),
                await FindCommitAsync(comparison, from, cancellation),
                await FindCommitAsync(comparison, to, cancellation)
            );
        }
        catch (DendriteException refusal)
        {
            throw ReportRequest.InReport(refusal);
        }
    }

    private async Task<SideCommit?> FindCommitAsync(
        Comparison comparison,
        ResolvedSide side,
        CancellationToken cancellation
    )
    {
        var found = await commits.FindAsync(comparison.ProjectId, side.Snapshot, side.Version, cancellation);
        return found is null ? null : new(found.Content.Author, found.Content.Message, found.Content.Time);
    }
}
