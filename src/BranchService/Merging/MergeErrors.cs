using Dendrite.Errors;

namespace Dendrite.BranchService.Merging;

/// <summary>Why a merge is refused, with the first of what stands in the way.</summary>
internal static class MergeErrors
{
    /// <summary>More do not fit beside a status.</summary>
    private const int MaxDetails = 10;

    /// <summary>Conflicts that are named by their ids, of which more fit than of what they are about.</summary>
    private const int MaxConflicts = 20;

    /// <summary>Checks that a message names: a name has up to 63 characters, and trailers of 8 KB get through
    /// everywhere.</summary>
    private const int MaxNames = 50;

    /// <summary>Refuses decisions that are asked for and about no conflict that the merge has, or has still.</summary>
    /// <exception cref="DendriteException">
    /// CONFLICT_CHANGED; INVALID_ARGUMENT: definitions do not hold together, so which records are in conflict is not
    /// known.
    /// </exception>
    public static void DemandMet(MergePlan plan, MergeDecisions decisions)
    {
        var known = plan.Conflicts.Select(conflict => conflict.Contract.ConflictId).ToHashSet(StringComparer.Ordinal);
        var stray = decisions.Asked.FirstOrDefault(asked => !plan.HasResult && !known.Contains(asked.Conflict));
        if (stray is { Conflict: not null })
        {
            throw DendriteException.Invalid(
                $"{stray.Field}.conflict_id",
                "is no conflict of definitions, and no others are known while definitions do not hold together. "
                    + $"{plan.Failures[0].Message} Correct that in a branch, then list the conflicts and decide"
            );
        }

        DemandMet(plan.Unmet.Intersect(decisions.Asked.Select(asked => asked.Conflict)));
    }

    private static void DemandMet(IEnumerable<string> unmet)
    {
        if (unmet.FirstOrDefault() is { } conflict)
        {
            throw new DendriteException(
                ErrorReason.ConflictChanged,
                $"Conflict {conflict} is not, or not any more, one of this merge: what it was about has changed. "
                    + "List the conflicts and decide again."
            );
        }
    }

    /// <summary>Refuses a plan whose result is not decided.</summary>
    /// <param name="remedy">How to get at the conflicts and what to do.</param>
    /// <exception cref="DendriteException">CONFLICT_CHANGED, MERGE_CONFLICT.</exception>
    public static void DemandDecided(
        MergePlan plan,
        string remedy = "Preview the merge for all of them; decide them, or give a strategy."
    )
    {
        DemandMet(plan.Unmet);
        if (plan.IsUndecided)
        {
            var open = plan.Conflicts.Where(conflict => conflict.IsUndecided).ToList();
            throw new DendriteException(
                ErrorReason.MergeConflict,
                $"{open.Count} of {plan.Conflicts.Count} {(plan.Conflicts.Count == 1 ? "conflict" : "conflicts")} "
                    + $"{(open.Count == 1 ? "is" : "are")} undecided; the first: {Describe(open[0])}. {remedy}"
            )
            {
                Details = [.. open.Take(MaxDetails).Select(conflict => conflict.Contract)],
                Metadata = new Dictionary<string, string>(
                    open.Take(MaxConflicts)
                        .Select(conflict => conflict.Contract)
                        .DistinctBy(conflict => conflict.ConflictId)
                        .Select(conflict => KeyValuePair.Create($"conflict.{conflict.ConflictId}", $"{conflict.Kind}"))
                        .Prepend(KeyValuePair.Create("conflicts", $"{open.Count}"))
                ),
            };
        }
    }

    /// <summary>Refuses a result whose checks fail, constraints and assertions together.</summary>
    /// <exception cref="DendriteException">CHECKS_FAILED.</exception>
    public static void DemandChecks(IReadOnlyList<V1.CheckFailure> failures)
    {
        if (failures.Count == 0)
        {
            return;
        }

        var what = failures.Count == 1 ? "1 check of the result fails" : $"{failures.Count} checks of the result fail";
        throw new DendriteException(
            ErrorReason.ChecksFailed,
            $"{what}{NamesOf(failures)}; the first: {failures[0].Message} Nothing "
                + "was changed: correct what they name in the branch and try again."
        )
        {
            Details = CheckDetails.Of([.. failures.Take(MaxDetails)]),
            Metadata = new Dictionary<string, string> { ["failures"] = $"{failures.Count}" },
        };
    }

    /// <summary>All that fail, by name, where there is more than the one that is told.</summary>
    private static string NamesOf(IReadOnlyList<V1.CheckFailure> failures)
    {
        if (failures.Count == 1)
        {
            return "";
        }

        var more = failures.Count > MaxNames ? $" and {failures.Count - MaxNames} more" : "";
        return $" ({string.Join(", ", failures.Take(MaxNames).Select(failure => failure.Check))}{more})";
    }

    public static string Describe(PlannedConflict conflict)
    {
        var kind = conflict.Contract.Kind;
        return conflict.Contract.SubjectCase switch
        {
            V1.Conflict.SubjectOneofCase.Record => Describe(kind, conflict.Contract.Record),
            V1.Conflict.SubjectOneofCase.Schema => Describe(kind, conflict.Contract.Schema),
            _ => $"{kind} of stream '{conflict.Contract.Samples.StreamId}'",
        };
    }

    private static string Describe(V1.ConflictKind kind, V1.SchemaConflict schema) =>
        $"{kind} of dataset '{schema.DatasetId}' {schema.Element}".TrimEnd();

    private static string Describe(V1.ConflictKind kind, V1.RecordConflict record)
    {
        var names = string.Join(", ", record.Cells.Select(cell => cell.Column));
        var columns = names.Length == 0 ? "" : $", {(record.Cells.Count == 1 ? "column" : "columns")} {names}";
        var other = record.OtherRecordId.Length == 0 ? "" : $" with {record.OtherRecordId} ({record.Constraint})";
        return $"{kind} of record {record.RecordId} of '{record.DatasetId}'{other}{columns}";
    }
}
