using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Snapshots;

namespace Dendrite.BranchService.Merging;

/// <summary>The two branches of a merge, as they came and checked.</summary>
/// <param name="Point">Which state of the source.</param>
/// <param name="PointJson">The same as it came; null: the head.</param>
internal sealed record MergeNames(BranchName Source, BranchName Target, SnapshotPoint Point, string? PointJson)
{
    /// <summary>
    /// Of a stored merge, which branches it is about: their names are for people, and another branch may have taken
    /// one. Null: the branches that have the names.
    /// </summary>
    public (BranchId Source, BranchId Target)? Ids { get; init; }

    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME.</exception>
    public static MergeNames Read(V1.MergePair? pair, string field = "pair")
    {
        if (pair is null)
        {
            throw DendriteException.Invalid(field, "is missing; give source and target");
        }

        var source = BranchName.Parse(pair.Source, $"{field}.source");
        var target = BranchName.Parse(pair.Target, $"{field}.target");
        if (source.Project != target.Project)
        {
            throw DendriteException.Invalid($"{field}.source", $"is not of project '{target.Project}'");
        }

        var point = SnapshotPoints.Read(pair.SourcePoint, target.Project, $"{field}.source_point");
        if (source == target && point == SnapshotPoint.Head)
        {
            throw DendriteException.Invalid($"{field}.source", "is the target; a branch cannot be merged into itself");
        }

        return new(source, target, point, pair.SourcePoint?.ToString());
    }

    public static MergeNames Of(MergeRecord merge, string project)
    {
        var pair = PairOf(merge, project);
        return new(
            new(project, merge.Subject.SourceName),
            new(project, merge.Subject.TargetName),
            SnapshotPoints.Read(pair.SourcePoint, project, "pair.source_point"),
            merge.Subject.SourcePointJson
        )
        {
            Ids = (merge.Subject.Source, merge.Subject.Target),
        };
    }

    public static V1.MergePair PairOf(MergeRecord merge, string project) =>
        new()
        {
            Source = new BranchName(project, merge.Subject.SourceName).ToString(),
            Target = new BranchName(project, merge.Subject.TargetName).ToString(),
            SourcePoint = merge.Subject.SourcePointJson is { } json ? V1.SnapshotPoint.Parser.ParseJson(json) : null,
        };
}
