using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Records;

/// <summary>Shows datasets.</summary>
internal static class DatasetView
{
    public static void WriteList(CliOutput output, ListDatasetsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }

        var table = new TextTable("DATASET", "COLUMNS", "KEY", "TITLE", "CHANGED");
        foreach (var dataset in list.Datasets)
        {
            table.Add(
                dataset.Name[(dataset.Name.LastIndexOf('/') + 1)..],
                $"{dataset.Columns.Count}",
                string.Join(',', dataset.KeyColumns),
                dataset.DisplayName,
                Shown.Time(dataset.UpdateTime)
            );
        }

        table.WriteTo(output);
    }

    public static void WriteOne(CliOutput output, Dataset dataset)
    {
        if (output.IsJson)
        {
            output.WriteMessage(dataset);
            return;
        }

        output.WriteLine($"name    {dataset.Name}");
        output.WriteLine($"key     {string.Join(", ", dataset.KeyColumns)}");
        WriteWhere(output, dataset.DisplayName.Length > 0, $"title   {dataset.DisplayName}");
        WriteWhere(output, dataset.Description.Length > 0, $"about   {dataset.Description}");
        WriteWhere(output, dataset.Labels.Count > 0, $"labels  {Shown.Pairs(dataset.Labels)}");
        output.WriteLine($"etag    {dataset.Etag}");
        output.WriteLine("");
        var table = new TextTable("COLUMN", "TYPE", "UNIT", "REQUIRED", "RULES");
        foreach (var column in dataset.Columns)
        {
            var type = column.Type.ToString().ToLowerInvariant();
            table.Add(column.Column_, type, column.Unit, column.Required ? "yes" : "", RulesOf(column));
        }

        table.WriteTo(output);
        foreach (var constraint in dataset.Constraints)
        {
            var columns = string.Join(", ", constraint.Reference?.Columns ?? constraint.Unique.Columns);
            var rule = constraint.Reference is { } other ? $"refers to {other.DatasetId}" : "is unique";
            output.WriteLine($"{constraint.Constraint_}: {columns} {rule}");
        }
    }

    private static void WriteWhere(CliOutput output, bool isSaid, string line)
    {
        if (isSaid)
        {
            output.WriteLine(line);
        }
    }

    private static string RulesOf(Column column)
    {
        var rules = new List<string>();
        if (column.Minimum is not null || column.Maximum is not null)
        {
            rules.Add($"{column.Minimum}..{column.Maximum}");
        }

        if (column.AllowedValues.Count > 0)
        {
            rules.Add($"one of {string.Join(' ', column.AllowedValues)}");
        }

        if (column.Pattern.Length > 0)
        {
            rules.Add($"like {column.Pattern}");
        }

        return string.Join("; ", rules);
    }
}
