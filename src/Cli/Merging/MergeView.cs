using Dendrite.Cli.Assertions;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Merging;

/// <summary>How merges and conflicts look: cell by cell, base, source and target side by side.</summary>
internal static class MergeView
{
    public const string UpToDate = "Up to date: the source has nothing that the target does not.";

    public static void Write(CliOutput output, PreviewMergeResponse preview)
    {
        if (output.IsJson)
        {
            output.WriteMessage(preview);
            return;
        }

        output.WriteLine($"{Outcome(preview.Outcome)}  {Describe(preview.Counts)}");
        WriteConflicts(output, preview.Conflicts);
        foreach (var failure in preview.CheckFailures)
        {
            AssertionView.Write(output, failure, "fails");
        }

        WriteWarnings(output, preview.CheckWarnings);
    }

    public static void WriteWarnings(CliOutput output, IEnumerable<CheckFailure> warnings)
    {
        foreach (var warning in warnings)
        {
            AssertionView.Write(output, warning, "warns");
        }
    }

    public static void Write(CliOutput output, CompleteMergeResponse completed)
    {
        if (output.IsJson)
        {
            output.WriteMessage(completed);
            return;
        }

        Write(output, completed.Merge);
        WriteWarnings(output, completed.CheckWarnings);
    }

    public static void Write(CliOutput output, Merge merge)
    {
        if (output.IsJson)
        {
            output.WriteMessage(merge);
            return;
        }

        output.WriteLine($"{Id(merge.Name)}  {State(merge)}  {Id(merge.Pair.Source)} -> {Id(merge.Pair.Target)}");
        output.WriteLine(
            merge.Outdated
                ? $"not known since the branches moved on; see 'merge conflicts {Id(merge.Name)}'"
                : Describe(merge.Counts)
        );
        if (merge.Commit is { } commit)
        {
            output.WriteLine($"commit {commit.Version}  {commit.Message}".TrimEnd());
        }
        else if (merge.State == MergeState.Completed)
        {
            output.WriteLine(UpToDate);
        }
    }

    public static void Write(CliOutput output, ListMergesResponse merges)
    {
        if (output.IsJson)
        {
            output.WriteMessage(merges);
            return;
        }

        var table = new TextTable("MERGE", "STATE", "SOURCE", "TARGET", "UNDECIDED", "VERSION", "BY", "MESSAGE");
        foreach (var merge in merges.Merges)
        {
            table.Add(
                Id(merge.Name),
                State(merge),
                Id(merge.Pair.Source),
                Id(merge.Pair.Target),
                // Those of the state that was looked at: how many there are now is not known.
                merge.Outdated
                    ? "?"
                    : $"{merge.Counts?.UndecidedConflicts ?? 0}",
                merge.Commit is { } commit ? $"{commit.Version}" : "-",
                merge.Creator,
                merge.Message
            );
        }

        table.WriteTo(output);
        output.NoteMore(merges.NextPageToken);
    }

    public static void WriteConflicts(CliOutput output, IReadOnlyCollection<Conflict> conflicts)
    {
        if (conflicts.Count == 0)
        {
            return;
        }

        var table = new TextTable("CONFLICT", "KIND", "WHERE", "COLUMN", "BASE", "SOURCE", "TARGET", "DECIDED");
        foreach (var conflict in conflicts)
        {
            var decided = conflict.Resolution is { } resolution ? Describe(resolution) : "-";
            var first = new[] { conflict.ConflictId, Shown.Words(conflict.Kind), Place(conflict) };
            if (conflict.Record?.Cells is not { Count: > 0 } cells)
            {
                table.Add([.. first, conflict.Schema?.Element ?? "", "", "", "", decided]);
                continue;
            }

            foreach (var cell in cells)
            {
                table.Add([.. first, cell.Column, Show(cell.Base), Show(cell.Source), Show(cell.Target), decided]);
                // A record is named once; its other cells stand below.
                (first, decided) = (["", "", ""], "");
            }
        }

        table.WriteTo(output);
    }

    public static string Outcome(MergeOutcome outcome) =>
        outcome switch
        {
            MergeOutcome.UpToDate => "up to date",
            MergeOutcome.FastForward => "fast forward",
            MergeOutcome.Merged => "merges",
            MergeOutcome.Conflicting => "conflicts",
            MergeOutcome.ChecksFailed => "checks fail",
            _ => "unknown",
        };

    public static string Describe(MergeCounts? counts) =>
        counts is null
            ? ""
            : $"records: {counts.RecordsAdded} added, {counts.RecordsChanged} changed, "
                + $"{counts.RecordsDeleted} deleted; "
                + $"streams: {counts.StreamsChanged}, samples: {counts.SamplesAdded}; "
                + $"conflicts: {counts.Conflicts}, undecided: {counts.UndecidedConflicts}";

    /// <summary>What a conflict is about, in a line: <c>cell  labs/S-002,1,CREAT  value</c>.</summary>
    public static string Describe(Conflict conflict)
    {
        var columns = conflict.Record?.Cells.Select(cell => cell.Column) ?? [conflict.Schema?.Element ?? ""];
        return $"{Shown.Words(conflict.Kind)}  {Place(conflict)}  {string.Join(", ", columns)}".TrimEnd();
    }

    private static string Place(Conflict conflict) =>
        conflict.SubjectCase switch
        {
            Conflict.SubjectOneofCase.Record when conflict.Record.OtherRecordId.Length > 0 =>
                $"{conflict.Record.DatasetId}/{conflict.Record.RecordId} and {conflict.Record.OtherRecordId} "
                    + $"({conflict.Record.Constraint})",
            Conflict.SubjectOneofCase.Record => $"{conflict.Record.DatasetId}/{conflict.Record.RecordId}",
            Conflict.SubjectOneofCase.Schema => conflict.Schema.DatasetId,
            _ => conflict.Samples.Range is { } range
                ? $"stream {conflict.Samples.StreamId} [{range.StartSample}, {range.EndSample})"
                : $"stream {conflict.Samples.StreamId}, all of it",
        };

    private static string Describe(Resolution resolution) =>
        resolution.DecisionCase switch
        {
            Resolution.DecisionOneofCase.Side => $"{resolution.Side}".ToLowerInvariant(),
            Resolution.DecisionOneofCase.Cells => $"{resolution.Cells}",
            _ => $"{resolution.Record}",
        };

    private static string Show(Value? value) =>
        value?.KindCase switch
        {
            null or Value.KindOneofCase.None => "",
            Value.KindOneofCase.NullValue => "null",
            Value.KindOneofCase.StringValue => value.StringValue,
            _ => value.ToString(),
        };

    /// <summary>What was ready may have conflicts again once a branch has moved on.</summary>
    private static string State(Merge merge) =>
        merge.Outdated ? "open (branches moved on)" : $"{merge.State}".ToLowerInvariant();

    private static string Id(string name) => name[(name.LastIndexOf('/') + 1)..];
}
