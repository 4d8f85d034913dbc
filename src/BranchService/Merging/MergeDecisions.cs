using Dendrite.Errors;
using Dendrite.Records.Datasets;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>How the conflicts of one merge are settled: a policy as it came, checked.</summary>
internal sealed class MergeDecisions
{
    /// <summary>How many decisions and column strategies one request may hold.</summary>
    private const int MaxEntries = 1_000;

    private const int MaxReasonLength = 4_000;

    private readonly Dictionary<(string Dataset, string Column), ColumnStrategy> columns = [];
    private readonly Dictionary<string, V1.Resolution> resolutions = new(StringComparer.Ordinal);
    private readonly HashSet<string> met = new(StringComparer.Ordinal);

    public MergeStrategy Strategy { get; private init; }

    /// <summary>Decisions whose conflict the merge does not have, or not any more.</summary>
    public IReadOnlyList<string> Unmet => [.. resolutions.Keys.Where(id => !met.Contains(id))];

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

        for (var i = 0; i < policy.Resolutions.Count; i++)
        {
            decisions.Add(policy.Resolutions[i], $"{field}.resolutions[{i}]");
        }

        return decisions;
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
        var isSide = resolution.DecisionCase == V1.Resolution.DecisionOneofCase.Side;
        if (
            resolution.DecisionCase == V1.Resolution.DecisionOneofCase.None
            || (isSide && (resolution.Side == V1.ResolutionSide.Unspecified || !Enum.IsDefined(resolution.Side)))
        )
        {
            throw DendriteException.Invalid(field, "decides nothing; give a side, a record, or cells");
        }

        resolutions[resolution.ConflictId] = resolution;
    }

    public V1.Resolution? Find(ConflictId conflict)
    {
        met.Add(conflict.Value);
        return resolutions.GetValueOrDefault(conflict.Value);
    }

    public ColumnStrategy? StrategyOf(string dataset, ColumnDefinition? column) =>
        column is not null && columns.TryGetValue((dataset, column.Name), out var strategy) ? strategy : null;

    public static MergeSide SideOf(V1.ResolutionSide side) =>
        side switch
        {
            V1.ResolutionSide.Source => MergeSide.Source,
            V1.ResolutionSide.Target => MergeSide.Target,
            _ => MergeSide.Base,
        };

    private void AddColumn(V1.ColumnMerge column, string field)
    {
        if (column.DatasetId.Length == 0 || column.Column.Length == 0)
        {
            throw DendriteException.Invalid(field, "names no dataset or no column; give dataset_id and column");
        }

        if (column.Strategy == V1.ColumnMergeStrategy.Unspecified || !Enum.IsDefined(column.Strategy))
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
