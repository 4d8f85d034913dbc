using Dendrite.Errors;
using Dendrite.Records.Datasets;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>What one merge does not take in is refused, with what to do instead.</summary>
public sealed class MergeLimitTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task More_rows_than_a_merge_goes_through_are_to_be_merged_in_steps()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.DefineAsync("source", Trial.Subject with { Constraints = [new UniqueConstraint("one_arm", [3])] });
        await trial.MakeAsync("target", "labs", Trial.Visit);
        var (source, target) = (await trial.ViewAsync("source"), await trial.ViewAsync("target"));
        var view = DivergedView.Of(fixture.LabProject, source.Snapshot, target.Snapshot);

        Assert.Equal(2, (await ListAsync(2)).Count);
        var refusal = await Assert.ThrowsAsync<DendriteException>(() => ListAsync(1));

        Assert.Equal(ErrorReason.QuotaExceeded, refusal.Reason);
        Assert.Contains("More than 1 rows of dataset", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("source_point", refusal.Message, StringComparison.Ordinal);

        Task<IReadOnlyList<DivergedRow>> ListAsync(int limit) =>
            new DivergedRows(fixture.Ingest).ListAsync(
                view,
                VersionedTable.Dataset,
                limit,
                TestContext.Current.CancellationToken
            );
    }
}
