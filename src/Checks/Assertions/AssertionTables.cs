using System.Text;
using System.Text.Json;
using Dendrite.Contracts.Names;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Storage.Assertions.Sandbox;
using Dendrite.Storage.Records;

namespace Dendrite.Checks.Assertions;

/// <summary>A dataset as a table of a sandbox.</summary>
internal sealed record AssertionTable(DatasetId Id, string Name, DatasetDefinition Definition)
{
    public static AssertionTable Of(DatasetRecord dataset) =>
        new(dataset.Id, dataset.Name, DefinitionJson.Read(Encoding.UTF8.GetString(dataset.Definition.Span)));

    public SandboxTable ToSandbox() =>
        new(Name, [.. Definition.Columns.Select(column => new SandboxColumn(column.Name, SqlTypeOf(column.Type)))]);

    /// <summary>The same with some columns only, so that no others are read from records.</summary>
    public AssertionTable With(IReadOnlyList<string> columns) =>
        this with
        {
            Definition = Definition with { Columns = [.. columns.Select(name => Definition.Find(name)!)] },
        };

    /// <summary>Values as PostgreSQL reads them, of a record's cells in the order of the columns.</summary>
    /// <param name="cells">JSON; null where the document has none.</param>
    public IEnumerable<string?> RowOf(IReadOnlyList<string?> cells) =>
        Definition.Columns.Select((column, i) => ValueOf(column, cells[i]));

    /// <summary>
    /// Most cells are a number, a word or a plain string, which are read as they stand; the column itself reads the
    /// others.
    /// </summary>
    private static string? ValueOf(ColumnDefinition column, string? cell)
    {
        if (cell is null)
        {
            return column.ReadMissing()?.ToText();
        }

        if (column.FormerTypes.IsEmpty)
        {
            switch (cell[0])
            {
                case '"' when column.Type != CellType.Json && !cell.Contains('\\', StringComparison.Ordinal):
                    return cell[1..^1];
                case not ('"' or 'n') when column.Type is not (CellType.Text or CellType.Enum):
                    return cell;
            }
        }

        using var json = JsonDocument.Parse(cell);
        return column.Read(json.RootElement)?.ToText();
    }

    /// <summary>
    /// Names that may be those of datasets: every word of a query, as it is and in its parts. Which of them are tables
    /// PostgreSQL says.
    /// </summary>
    public static IEnumerable<string> NamesIn(string sql) =>
        string.Concat(sql.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : ' '))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(word => word.Split('-').Append(word))
            .Where(word => ResourceId.IsValid(word));

    // Texts compare by their bytes, as everywhere in Dendrite and on every server.
    private static string SqlTypeOf(CellType type) =>
        type switch
        {
            CellType.Integer => "bigint",
            CellType.Decimal => "numeric",
            CellType.Double => "double precision",
            CellType.Boolean => "boolean",
            CellType.Date => "date",
            CellType.Timestamp => "timestamp with time zone",
            CellType.Uuid => "uuid",
            CellType.Json => "jsonb",
            CellType.Text or CellType.Enum => "text COLLATE \"C\"",
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "has no type in SQL"),
        };
}
