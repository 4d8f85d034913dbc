using Dendrite.Storage.Branches;

namespace Dendrite.BranchService.Branches;

/// <summary>Reads an update: the mask says which fields change, and without one those that are set (AIP-134).</summary>
internal static class BranchUpdate
{
    /// <param name="branchId">Of the branch that is changed.</param>
    /// <exception cref="Errors.DendriteException">
    /// INVALID_UPDATE_MASK, INVALID_ARGUMENT of a value, or BRANCH_PROTECTED: 'main' keeps its kind.
    /// </exception>
    public static BranchChange Read(V1.UpdateBranchRequest request, string branchId, TimeProvider time)
    {
        var fields = request.Branch;
        var updatable = new Dictionary<string, bool>
        {
            ["display_name"] = fields.DisplayName.Length > 0,
            ["description"] = fields.Description.Length > 0,
            ["kind"] = fields.Kind != V1.BranchKind.Unspecified,
            ["labels"] = fields.Labels.Count > 0,
            ["owner"] = fields.Owner.Length > 0,
            ["expire_time"] = fields.ExpireTime is not null,
            ["ttl"] = fields.Ttl is not null,
        };
        var change = new BranchChange();
        var paths = UpdateMask.Paths(request.UpdateMask, updatable);
        foreach (var path in paths)
        {
            change = path switch
            {
                "display_name" => change with
                {
                    DisplayName = RequestFields.Text(
                        fields.DisplayName,
                        "branch.display_name",
                        BranchFields.MaxDisplayNameLength
                    ),
                },
                "description" => change with
                {
                    Description = RequestFields.Text(
                        fields.Description,
                        "branch.description",
                        BranchFields.MaxDescriptionLength
                    ),
                },
                "kind" => change with { Kind = BranchFields.KindOf(branchId, fields.Kind) },
                "labels" => change with { Labels = RequestFields.Labels(fields.Labels, "branch.labels") },
                "owner" => change with { Owner = BranchFields.Owner(fields) },
                _ => change with { SetsExpireTime = true, ExpireTime = ReadExpiry(fields, paths, time) },
            };
        }

        return change;
    }

    /// <summary>Of the two ways to say it only those count that are asked for.</summary>
    private static DateTimeOffset? ReadExpiry(V1.Branch fields, IReadOnlyCollection<string> paths, TimeProvider time)
    {
        var said = new V1.Branch
        {
            ExpireTime = paths.Contains("expire_time") ? fields.ExpireTime : null,
            Ttl = paths.Contains("ttl") ? fields.Ttl : null,
        };
        return BranchFields.ExpireTime(said, time);
    }
}
