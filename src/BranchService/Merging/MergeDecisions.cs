using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Versioning.Merging;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.BranchService.Merging;

/// <summary>How the conflicts of one merge are settled: a policy as it came, checked.</summary>
internal sealed class MergeDecisions
{
    /// <summary>How many decisions and column strategies one request may hold.</summary>
    private const int MaxEntries = 1_000;

    private const int MaxReasonLength = 4_000;

    private readonly Dictionary<(string Dataset, string Column), ColumnStrategy> columns = [];
    private readonly Dictionary<string, (V1.Resolution Decision, string? Field)> resolutions = [];
    private readonly HashSet<string> met = new(StringComparer.Ordinal);

    /// <summary>All that a side of a conflict can be.</summary>
    public static IReadOnlyList<MergeSide> AllSides { get; } = [MergeSide.Source, MergeSide.Target, MergeSide.Base];

    public MergeStrategy Strategy { get; private init; }

    /// <summary>Decisions whose conflict the merge does not have, or not any more.</summary>
    public IReadOnlyList<string> Unmet => [.. resolutions.Keys.Where(id => !met.Contains(id))];

    /// <summary>Those that are asked for now, not kept: conflicts, and the proto paths of what decides them.</summary>
    public IEnumerable<(string Conflict, string Field)> Asked =>
        from resolution in resolutions
        where resolution.Value.Field is not null
        select (resolution.Key, resolution.Value.Field);

    /// <summary>Reads a policy.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static MergeDecisions Read(V1.MergePolicy? policy, string field)
    {
        policy ??= new();
        var decisions = new MergeDecisions { Strategy = ReadStrategy(policy.Strategy, $"{field}.strategy") };
        Limit(policy.Columns.Count, $"{field}.columns");
        Limit(policy.Resolutions.Count, $"{field}.resolutions");
        for (var i = 0; i < policy.Columns.Count; i++)
        {
            decisions.AddColumn(policy.Columns[i], $"{field}.columns[{i}]");
        }

        decisions.Add(policy.Resolutions, $"{field}.resolutions");
        return decisions;
    }

    /// <summary>Checks decisions without taking them.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static void Check(IReadOnlyList<V1.Resolution> resolutions, string field)
    {
        Limit(resolutions.Count, field);
        new MergeDecisions().Add(resolutions, field);
    }

    /// <summary>Adds a decision; a later one about the same conflict replaces it.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public void Add(V1.Resolution resolution, string field)
    {
        if (resolution.ConflictId.Length != 32 || !resolution.ConflictId.All(char.IsAsciiHexDigitLower))
        {
            throw DendriteException.Invalid(
                $"{field}.conflict_id",
                $"'{RequestFields.Excerpt(resolution.ConflictId)}' is no id of a conflict; a preview lists them"
            );
        }

        RequestFields.Text(resolution.Reason, $"{field}.reason", MaxReasonLength);
        CheckValues(resolution.Record, $"{field}.record");
        CheckValues(resolution.Cells, $"{field}.cells");
        var isSide = resolution.DecisionCase == V1.Resolution.DecisionOneofCase.Side;
        if (
            resolution.DecisionCase == V1.Resolution.DecisionOneofCase.None
            || (isSide && (resolution.Side == V1.ResolutionSide.Unspecified || !System.Enum.IsDefined(resolution.Side)))
        )
        {
            throw DendriteException.Invalid(field, "decides nothing; give a side, a record, or cells");
        }

        resolutions[resolution.ConflictId] = (resolution, field);
    }

    /// <summary>Adds a decision that was taken before: where it does not fit its conflict any more, it is left
    /// out.</summary>
    public void Keep(V1.Resolution resolution) => resolutions[resolution.ConflictId] = (resolution, null);

    public V1.Resolution? Find(ConflictId conflict)
    {
        met.Add(conflict.Value);
        return resolutions.GetValueOrDefault(conflict.Value).Decision;
    }

    /// <summary>The side that a decision takes; null: there is no decision.</summary>
    /// <param name="sides">Those that can be taken.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: it decides something else.</exception>
    public MergeSide? FindSide(ConflictId conflict, params IReadOnlyList<MergeSide> sides)
    {
        if (Find(conflict) is not { } resolution)
        {
            return null;
        }

        var side = SideOf(resolution.Side);
        if (resolution.DecisionCase == V1.Resolution.DecisionOneofCase.Side && sides.Contains(side))
        {
            return side;
        }

        var names = string.Join(", ", sides.Select(fitting => $"{fitting}".ToUpperInvariant()));
        LeaveOut(conflict, $"does not fit conflict {conflict}, which is decided by a side: give one of {names}");
        return null;
    }

    /// <summary>Refuses a decision about a conflict that none can settle.</summary>
    /// <param name="remedy">What settles it.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public void Refuse(ConflictId conflict, string remedy)
    {
        if (resolutions.ContainsKey(conflict.Value))
        {
            LeaveOut(conflict, $"decides conflict {conflict}, which no decision settles: {remedy}");
        }
    }

    /// <summary>Whether a decision was taken before, and is not asked for now.</summary>
    public bool IsKept(ConflictId conflict) => resolutions[conflict.Value].Field is null;

    /// <summary>Leaves out a decision that was taken before, as though it met no conflict.</summary>
    /// <param name="problem">Why it does not fit.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: it is asked for now.</exception>
    public void LeaveOut(ConflictId conflict, string problem)
    {
        met.Remove(conflict.Value);
        if (!IsKept(conflict))
        {
            throw DendriteException.Invalid(FieldOf(conflict), problem);
        }
    }

    /// <summary>The proto path of the decision about a conflict, for errors.</summary>
    public string FieldOf(ConflictId conflict) => resolutions[conflict.Value].Field ?? "resolutions";

    public ColumnStrategy? StrategyOf(MergedDataset dataset, int column) =>
        dataset.Definition.Find(column) is { } found
        && columns.TryGetValue((dataset.Name, found.Name), out var strategy)
            ? strategy
            : null;

    /// <summary>Whether two equal changes of a column are two: a sum of numbers was asked for.</summary>
    public bool AddsUp(MergedDataset dataset, int column) =>
        StrategyOf(dataset, column) == ColumnStrategy.SumOfDeltas && IsNumber(dataset.Definition.Find(column)!.Type);

    /// <summary>Whether a merge may have been asked for sums of a column: it holds numbers, or once did.</summary>
    public static bool MayAddUp(MergedDataset dataset, int column) =>
        dataset.Definition.Find(column) is { } found && found.FormerTypes.Append(found.Type).Any(IsNumber);

    private static bool IsNumber(CellType type) => type is CellType.Integer or CellType.Decimal or CellType.Double;

    public static MergeSide SideOf(V1.ResolutionSide side) =>
        side switch
        {
            V1.ResolutionSide.Source => MergeSide.Source,
            V1.ResolutionSide.Target => MergeSide.Target,
            _ => MergeSide.Base,
        };

    private void Add(IReadOnlyList<V1.Resolution> decisions, string field)
    {
        for (var i = 0; i < decisions.Count; i++)
        {
            Add(decisions[i], $"{field}[{i}]");
        }
    }

    // They are kept and read as JSON, which has no other values.
    private static void CheckValues(Struct? values, string field)
    {
        foreach (var (column, value) in values?.Fields ?? [])
        {
            if (!IsJson(value))
            {
                throw DendriteException.Invalid(
                    $"{field}.{column}",
                    "holds a value that is not set, or a number that is none; write \"NaN\" as a text"
                );
            }
        }
    }

    private static bool IsJson(Value value) =>
        value.KindCase switch
        {
            Value.KindOneofCase.None => false,
            Value.KindOneofCase.NumberValue => double.IsFinite(value.NumberValue),
            Value.KindOneofCase.StructValue => value.StructValue.Fields.Values.All(IsJson),
            Value.KindOneofCase.ListValue => value.ListValue.Values.All(IsJson),
            _ => true,
        };

    private void AddColumn(V1.ColumnMerge column, string field)
    {
        if (column.DatasetId.Length == 0 || column.Column.Length == 0)
        {
            throw DendriteException.Invalid(field, "names no dataset or no column; give dataset_id and column");
        }

        if (column.Strategy == V1.ColumnMergeStrategy.Unspecified || !System.Enum.IsDefined(column.Strategy))
        {
            throw DendriteException.Invalid($"{field}.strategy", "is missing; give one such as MAXIMUM");
        }

        columns[(column.DatasetId, column.Column)] = (ColumnStrategy)(int)column.Strategy;
    }

    private static MergeStrategy ReadStrategy(V1.MergeStrategy strategy, string field) =>
        strategy switch
        {
            V1.MergeStrategy.Unspecified or V1.MergeStrategy.Fail => MergeStrategy.Fail,
            V1.MergeStrategy.TakeSource => MergeStrategy.TakeSource,
            V1.MergeStrategy.TakeTarget => MergeStrategy.TakeTarget,
            _ => throw DendriteException.Invalid(field, $"{(int)strategy} is no strategy"),
        };

    private static void Limit(int count, string field)
    {
        if (count > MaxEntries)
        {
            throw DendriteException.Invalid(field, $"has {count} entries; at most {MaxEntries} are allowed");
        }
    }
}
