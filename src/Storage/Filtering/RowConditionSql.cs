using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Filtering;

/// <summary>Writes a condition as SQL, with every value and key as a parameter.</summary>
internal sealed class RowConditionSql
{
    private readonly List<(NpgsqlDbType Type, object Value)> parameters = [];

    private RowConditionSql() { }

    /// <summary>Adds a command whose text holds the condition.</summary>
    /// <param name="sql">Gives the text, from the condition's SQL.</param>
    public static NpgsqlBatchCommand AddTo(ProjectBatch batch, RowCondition condition, Func<string, string> sql)
    {
        var writer = new RowConditionSql();
        var command = batch.Add(sql(writer.Write(condition)));
        for (var i = 0; i < writer.parameters.Count; i++)
        {
            command.With($"filter_{i}", writer.parameters[i].Type, writer.parameters[i].Value);
        }

        return command;
    }

    private string Write(RowCondition condition) =>
        condition switch
        {
            RowCondition.Joined { Terms.Count: 0 } none => none.OfNone,
            RowCondition.Joined joined => $"({string.Join(joined.Joint, joined.Terms.Select(Write))})",
            RowCondition.Negated not => $"NOT {Write(not.Term)}",
            RowCondition.Compared compared => Write(compared),
            RowCondition.Prefixed prefixed => Write(prefixed),
            RowCondition.Set set => $"({Write(set.Field)} IS NOT NULL)",
            _ => throw new InvalidOperationException($"{condition.GetType().Name} is not written yet."),
        };

    private string Write(RowCondition.Compared compared)
    {
        var field = Write(compared.Field);
        var value = Parameter(compared.Field.Type, compared.Value);
        return compared.Comparison switch
        {
            RowComparison.NotEqual => $"({field} IS DISTINCT FROM {value})",
            // Not null where the field is: NOT must turn it into true.
            _ => $"(({field} {Symbol(compared.Comparison)} {value}) IS TRUE)",
        };
    }

    private string Write(RowCondition.Prefixed prefixed)
    {
        var field = Write(prefixed.Field);
        var prefix = Parameter(NpgsqlDbType.Text, prefixed.Prefix);
        // Ids hold only characters before '{'.
        return prefixed.Field.IsId
            ? $"({field} >= {prefix} AND {field} < {prefix} || '{{')"
            : $"(starts_with({field}, {prefix}) IS TRUE)";
    }

    private string Write(RowField field) =>
        field.Key is { } key
            ? field.Sql.Replace("@key", Parameter(NpgsqlDbType.Text, key), StringComparison.Ordinal)
            : field.Sql;

    private static string Symbol(RowComparison comparison) =>
        comparison switch
        {
            RowComparison.Equal => "=",
            RowComparison.Less => "<",
            RowComparison.LessOrEqual => "<=",
            RowComparison.Greater => ">",
            _ => ">=",
        };

    private string Parameter(NpgsqlDbType type, object value)
    {
        parameters.Add((type, value));
        return $"@filter_{parameters.Count - 1}";
    }
}
