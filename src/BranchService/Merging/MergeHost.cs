using Dendrite.Checks.Quality;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Operations;
using Dendrite.Storage.Quality;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;

namespace Dendrite.BranchService.Merging;

/// <summary>What merging is made of.</summary>
internal static class MergeHost
{
    public static void AddMerging(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SnapshotAligner>();
        builder.Services.AddSingleton<DivergedRecords>();
        builder.Services.AddSingleton<CrosswiseRecords>();
        builder.Services.AddSingleton<RecordAncestors>();
        builder.Services.AddSingleton<DivergedRows>();
        builder.Services.AddSingleton<StreamOverlaps>();
        builder.Services.AddSingleton<StreamDiffStore>();
        builder.Services.AddSingleton<BlockStore>();
        builder.Services.AddSingleton<SampleClashes>();
        builder.Services.AddSingleton<RecordReader>();
        builder.Services.AddSingleton<RecordLookups>();
        builder.Services.AddSingleton<DatasetStore>();
        builder.Services.AddSingleton<CommitChanges>();
        builder.Services.AddSingleton<MergeStore>();
        builder.Services.AddSingleton<MergeNovelty>();
        builder.Services.AddSingleton<MergeWriter>();
        builder.Services.AddSingleton<MergeLimits>();
        builder.Services.AddSingleton<MergePlanner>();
        builder.Services.AddSingleton<QualityCheckStore>();
        builder.Services.AddSingleton<QualityResultStore>();
        builder.Services.AddSingleton<RecordQuality>();
        builder.Services.AddSingleton<SqlQuality>();
        builder.Services.AddSingleton<RecordChecks>();
        builder.Services.AddSingleton<MergeQuality>();
        builder.Services.AddSingleton<MergeAssertions>();
        builder.Services.AddSingleton<MergeRunner>();
        builder.Services.AddSingleton<MergeDesk>();
        builder.Services.AddSingleton<MergeMapper>();
        builder.Services.AddSingleton<OperationStore>();
        builder.Services.AddSingleton<FinalizeDemands>();
        builder.Services.AddSingleton<BranchFinalizer>();
        builder.Services.AddSingleton<SignalStreamStore>();
        builder.Services.AddSingleton<SignalReverting>();
        builder.Services.AddSingleton<DatasetReferences>();
        builder.Services.AddSingleton<StandingRecords>();
        builder.Services.AddSingleton<RevertedDatasets>();
        builder.Services.AddSingleton<NarrowedColumns>();
        builder.Services.AddSingleton<ReturningRecords>();
        builder.Services.AddSingleton<RevertPlanner>();
        builder.Services.AddSingleton<PickedDatasets>();
        builder.Services.AddSingleton<PickPlanner>();
        builder.Services.AddSingleton<BranchCommits>();
    }
}
