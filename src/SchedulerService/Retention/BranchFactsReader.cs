using Dendrite.Storage.Retention;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Retention;

/// <summary>From what the Branch service and our own tables say to what the rule asks.</summary>
internal static class BranchFactsReader
{
    /// <param name="use">Null where the branch went or was renamed since it was listed.</param>
    public static BranchFacts Read(Branch branch, BranchUse? use) =>
        new(branch.CreateTime.ToDateTimeOffset())
        {
            IsMain = branch.Kind == BranchKind.Main,
            IsProtected = branch.Protected,
            HeadTime = Of(branch.HeadTime),
            ExperimentEnd = branch.Experiment?.State is ExperimentState.Completed or ExperimentState.Failed
                ? Of(branch.Experiment.StateTime)
                : null,
            ExpireTime = Of(branch.ExpireTime),
            RestoreTime = Of(branch.RestoreTime),
            PurgeTime = branch.DeleteTime is null ? null : Of(branch.PurgeTime),
            Tag = use?.Tag,
            HeldBy = HeldBy(use),
            Notice = use?.Notice,
        };

    private static string? HeldBy(BranchUse? use) =>
        use switch
        {
            null => "it was changed just now",
            { Writer: { } writer } => $"{writer} streams into it",
            { Job: { } job } => $"a run of job '{job}' works on it",
            { Backup: { } plan } => $"a backup by plan '{plan}' reads it",
            { Backfill: { } source } => $"a backfill of source '{source}' writes to it",
            { OpenMerge: { } merge } => $"merge {merge} from or into it is open",
            _ => null,
        };

    private static DateTimeOffset? Of(Timestamp? time) => time?.ToDateTimeOffset();
}
