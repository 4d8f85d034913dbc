using Dendrite.Contracts.Names;
using Dendrite.Storage.Branches;

namespace Dendrite.BranchService.Branches;

/// <summary>From what is stored to the contract.</summary>
internal static class BranchMapper
{
    public static V1.Branch ToContract(BranchRecord branch, string project)
    {
        var mapped = new V1.Branch
        {
            Name = new BranchName(project, branch.Name).ToString(),
            Uid = branch.Uid.ToString(),
            DisplayName = branch.DisplayName,
            Description = branch.Description,
            Kind = ToContract(branch.Kind),
            Owner = branch.Owner,
            State = ToContract(branch.State),
            Protected = branch.Protected,
            Experiment = ToContract(branch.Experiment),
            ForkPoint = ToContract(branch.Fork, project),
            HeadVersion = branch.HeadVersion.Value,
            HeadTime = Timestamps.Of(branch.HeadTime),
            CreateTime = Timestamps.Of(branch.CreateTime),
            UpdateTime = Timestamps.Of(branch.UpdateTime),
            ExpireTime = Timestamps.Of(branch.ExpireTime),
            DeleteTime = Timestamps.Of(branch.DeleteTime),
            PurgeTime = Timestamps.Of(branch.PurgeTime),
            ArchiveTime = Timestamps.Of(branch.ArchiveTime),
            RestoreTime = Timestamps.Of(branch.RestoreTime),
            Etag = Etag.Of(branch.Revision),
        };
        foreach (var (key, value) in branch.Labels)
        {
            mapped.Labels.Add(key, value);
        }

        return mapped;
    }

    public static V1.MergeEdge ToContract(BranchMerge merge, string project) =>
        new()
        {
            Source = new BranchName(project, merge.Source).ToString(),
            SourceVersion = merge.SourceVersion.Value,
            Target = new BranchName(project, merge.Target).ToString(),
            TargetVersion = merge.TargetVersion.Value,
        };

    private static V1.ForkPoint? ToContract(BranchFork? fork, string project) =>
        fork is null
            ? null
            : new()
            {
                Branch = fork.Parent is { } parent ? new BranchName(project, parent).ToString() : "",
                Version = fork.Version.Value,
                Tag = fork.Tag is { } tag ? new TagName(project, tag).ToString() : "",
            };

    private static V1.ExperimentStatus? ToContract(ExperimentRecord? experiment) =>
        experiment is null
            ? null
            : new()
            {
                State = experiment.State switch
                {
                    "running" => V1.ExperimentState.Running,
                    "completed" => V1.ExperimentState.Completed,
                    "failed" => V1.ExperimentState.Failed,
                    _ => V1.ExperimentState.Unspecified,
                },
                StateTime = Timestamps.Of(experiment.Time),
                Actor = experiment.Actor,
                Reason = experiment.Reason ?? "",
            };

    private static V1.BranchKind ToContract(BranchKind kind) =>
        kind switch
        {
            BranchKind.Main => V1.BranchKind.Main,
            BranchKind.Experiment => V1.BranchKind.Experiment,
            BranchKind.Trial => V1.BranchKind.Trial,
            BranchKind.Restore => V1.BranchKind.Restore,
            BranchKind.System => V1.BranchKind.System,
            _ => V1.BranchKind.Unspecified,
        };

    private static V1.BranchState ToContract(BranchState state) =>
        state switch
        {
            BranchState.Active => V1.BranchState.Active,
            BranchState.Archived => V1.BranchState.Archived,
            _ => V1.BranchState.Deleted,
        };
}
