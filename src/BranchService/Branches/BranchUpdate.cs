using Dendrite.BranchService.Requests;
using Dendrite.Errors;
using Dendrite.Storage.Branches;

namespace Dendrite.BranchService.Branches;

/// <summary>Reads an update: the mask says which fields change, and without one those that are set (AIP-134).</summary>
internal static class BranchUpdate
{
    private static readonly string[] Updatable =
    [
        "display_name",
        "description",
        "kind",
        "labels",
        "owner",
        "expire_time",
        "ttl",
    ];

    /// <exception cref="DendriteException">INVALID_UPDATE_MASK, or INVALID_ARGUMENT of a value.</exception>
    public static BranchChange Read(V1.UpdateBranchRequest request, TimeProvider time)
    {
        var fields = request.Branch;
        var paths = request.UpdateMask is { } mask ? Check([.. mask.Paths]) : SetFields(fields);
        var change = new BranchChange();
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
                "kind" => change with { Kind = BranchFields.Kind(fields.Kind) },
                "labels" => change with { Labels = RequestFields.Labels(fields.Labels, "branch.labels") },
                "owner" => change with { Owner = BranchFields.Owner(fields) },
                _ => change with { SetsExpireTime = true, ExpireTime = BranchFields.ExpireTime(fields, time) },
            };
        }

        return change;
    }

    private static string[] Check(string[] paths)
    {
        foreach (var path in paths)
        {
            if (!Updatable.Contains(path))
            {
                var problem = $"'{path}' cannot be updated; these can: {string.Join(", ", Updatable)}";
                throw new DendriteException(ErrorReason.InvalidUpdateMask, $"update_mask: {problem}")
                {
                    FieldViolations = [new("update_mask", problem)],
                };
            }
        }

        return paths;
    }

    private static string[] SetFields(V1.Branch fields) =>
        [
            .. Updatable.Where(path =>
                path switch
                {
                    "display_name" => fields.DisplayName.Length > 0,
                    "description" => fields.Description.Length > 0,
                    "kind" => fields.Kind != V1.BranchKind.Unspecified,
                    "labels" => fields.Labels.Count > 0,
                    "owner" => fields.Owner.Length > 0,
                    "expire_time" => fields.ExpireTime is not null,
                    _ => fields.Ttl is not null,
                }
            ),
        ];
}
