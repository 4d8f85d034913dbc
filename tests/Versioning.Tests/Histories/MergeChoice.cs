using Dendrite.Versioning.Merging;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>What somebody decides about the conflicts of a history's merge; none: nothing.</summary>
public enum ConflictDecision
{
    None,
    Source,
    Target,
    Base,

    /// <summary>A whole row.</summary>
    Row,

    /// <summary>A value for each cell in conflict; of a row that one side deleted, for <c>a</c>.</summary>
    Values,
}

/// <summary>How a history's merge settles conflicts.</summary>
/// <param name="Column">The strategy for every column that it fits; null: none.</param>
/// <param name="Decision">What is decided about conflicts over keys of even numbers; others are left.</param>
public readonly record struct MergeChoice(
    MergeStrategy Strategy,
    ColumnStrategy? Column,
    ConflictDecision Decision = ConflictDecision.None
)
{
    public const int DecidedValue = 8;

    private static readonly MergeChoice[] All =
    [
        new(MergeStrategy.Fail, null),
        new(MergeStrategy.TakeSource, null),
        new(MergeStrategy.TakeTarget, null),
        new(MergeStrategy.TakeTarget, ColumnStrategy.Maximum),
        new(MergeStrategy.TakeSource, ColumnStrategy.Minimum),
        new(MergeStrategy.Fail, ColumnStrategy.SumOfDeltas),
        new(MergeStrategy.TakeTarget, ColumnStrategy.LastWriter),
        new(MergeStrategy.TakeSource, ColumnStrategy.SetUnion),
        new(MergeStrategy.Fail, ColumnStrategy.TakeSource),
        new(MergeStrategy.TakeSource, ColumnStrategy.TakeTarget),
        new(MergeStrategy.TakeSource, ColumnStrategy.SumOfDeltas, ConflictDecision.Source),
        new(MergeStrategy.TakeTarget, ColumnStrategy.LastWriter, ConflictDecision.Values),
        new(MergeStrategy.Fail, ColumnStrategy.Maximum, ConflictDecision.Base),
        new(MergeStrategy.TakeSource, null, ConflictDecision.Row),
        new(MergeStrategy.TakeTarget, ColumnStrategy.SumOfDeltas, ConflictDecision.Target),
    ];

    public static Row DecidedRow { get; } = new(DecidedValue, null);

    /// <summary>Whether two equal changes of a cell are two changes.</summary>
    public bool AddsUp(string column) => StrategyOf(column) == ColumnStrategy.SumOfDeltas;

    /// <summary>Numbers are in <c>a</c>; what is in <c>b</c> does not add up.</summary>
    public static bool MayAddUp(string column) => column == "a";

    public ColumnStrategy? StrategyOf(string column) =>
        Column == ColumnStrategy.SumOfDeltas && !MayAddUp(column) ? null : Column;

    /// <summary>Whether it matters where cells come from.</summary>
    public bool AsksAncestry => Column is ColumnStrategy.SumOfDeltas or ColumnStrategy.LastWriter;

    public static MergeChoice Of(int number) => All[number % All.Length];

    public bool Decides(int key) => Decision != ConflictDecision.None && key % 2 == 0;

    /// <summary>The decision about a conflict as the core takes it; null: none.</summary>
    public Decision<string, int>? DecisionOf(int key, RowMerge<string, int> merge)
    {
        if (!merge.IsConflict || !Decides(key))
        {
            return null;
        }

        var isOverDeletion = merge.Sides.Source.Cells is null || merge.Sides.Target.Cells is null;
        var columns = isOverDeletion ? ["a"] : merge.Clashes.Select(clash => clash.Column);
        return Decision switch
        {
            ConflictDecision.Source => new Decision<string, int>.Side(MergeSide.Source),
            ConflictDecision.Target => new Decision<string, int>.Side(MergeSide.Target),
            ConflictDecision.Base => new Decision<string, int>.Side(MergeSide.Base),
            ConflictDecision.Row => new Decision<string, int>.Row(DecidedRow.ToCells()),
            _ => new Decision<string, int>.Values(columns.ToDictionary(column => column, _ => Cell.Of(DecidedValue))),
        };
    }

    public override string ToString() => $"{Strategy}, {Column?.ToString() ?? "-"}, {Decision}";
}
