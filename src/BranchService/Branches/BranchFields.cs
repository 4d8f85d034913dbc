using Dendrite.Errors;
using Dendrite.Storage.Branches;

namespace Dendrite.BranchService.Branches;

/// <summary>Reads the fields of a branch that came in a request.</summary>
internal static class BranchFields
{
    public const int MaxDisplayNameLength = 200;
    public const int MaxDescriptionLength = 4_000;
    public const int MaxOwnerLength = 200;

    /// <summary>The branch that every project has, and the only one of its kind.</summary>
    public const string Main = "main";

    private static readonly TimeSpan ShortestTtl = TimeSpan.FromMinutes(1);

    /// <summary>The kind; an experiment where it is not said.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: unknown, or MAIN, of which a project has one.</exception>
    public static BranchKind Kind(V1.BranchKind kind, string field = "branch.kind") =>
        kind switch
        {
            V1.BranchKind.Unspecified or V1.BranchKind.Experiment => BranchKind.Experiment,
            V1.BranchKind.Trial => BranchKind.Trial,
            V1.BranchKind.Restore => BranchKind.Restore,
            V1.BranchKind.System => BranchKind.System,
            V1.BranchKind.Main => throw DendriteException.Invalid(
                field,
                "MAIN is the kind of 'main' only, which every project has"
            ),
            _ => throw DendriteException.Invalid(field, $"{(int)kind} is no kind of branch"),
        };

    /// <summary>The kind that a branch is to have from now on; null: the one it has.</summary>
    /// <exception cref="DendriteException">As <see cref="Kind"/>; BRANCH_PROTECTED: 'main' keeps its
    /// kind.</exception>
    public static BranchKind? KindOf(string branchId, V1.BranchKind kind) =>
        branchId != Main ? Kind(kind)
        : kind == V1.BranchKind.Main ? null
        : throw new DendriteException(
            ErrorReason.BranchProtected,
            $"Branch '{Main}' keeps its kind: it is the line that everything comes back to."
        );

    /// <summary>When the branch expires, said as an instant or from now; null: never.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: both are said, or the time to live is under a
    /// minute.</exception>
    public static DateTimeOffset? ExpireTime(V1.Branch branch, TimeProvider time)
    {
        if (branch.Ttl is not { } ttl)
        {
            return branch.ExpireTime is { } instant ? Timestamps.Read(instant, "branch.expire_time") : null;
        }

        if (branch.ExpireTime is not null)
        {
            throw DendriteException.Invalid("branch.ttl", "cannot be given together with expire_time");
        }

        var now = time.GetUtcNow();
        // Compared in seconds first: a duration may be longer than any date.
        if (ttl.Seconds < ShortestTtl.TotalSeconds || ttl.Seconds > (DateTimeOffset.MaxValue - now).TotalSeconds - 1)
        {
            throw DendriteException.Invalid("branch.ttl", "must be at least one minute, and end before the year 10000");
        }

        return now + TimeSpan.FromSeconds(ttl.Seconds);
    }

    public static NewBranch WithFields(NewBranch branch, V1.Branch fields, TimeProvider time) =>
        branch with
        {
            Kind = Kind(fields.Kind),
            DisplayName = RequestFields.Text(fields.DisplayName, "branch.display_name", MaxDisplayNameLength),
            Description = RequestFields.Text(fields.Description, "branch.description", MaxDescriptionLength),
            Labels = RequestFields.Labels(fields.Labels, "branch.labels"),
            Owner = fields.Owner.Length == 0 ? branch.Owner : Owner(fields),
            ExpireTime = ExpireTime(fields, time),
        };

    public static string Owner(V1.Branch fields) => RequestFields.Text(fields.Owner, "branch.owner", MaxOwnerLength);
}
