using System.Collections.Frozen;
using System.Globalization;

namespace Dendrite.Storage.Assertions.Sandbox;

/// <summary>
/// A table of a sandbox as PostgreSQL has it. A dataset may have a column <c>xmin</c>, as boxes do, and no table can:
/// there it is the name of a column that every table has anyway. A view can, so such a dataset is a view of a table
/// whose columns have other names.
/// </summary>
internal sealed class StoredTable
{
    private static readonly FrozenSet<string> SystemColumns = FrozenSet.Create(
        StringComparer.Ordinal,
        "ctid",
        "xmin",
        "cmin",
        "xmax",
        "cmax",
        "tableoid"
    );

    private readonly SandboxTable table;
    private readonly bool isView;

    /// <param name="number">Its own among the tables of a session.</param>
    public StoredTable(SandboxTable table, int number)
    {
        this.table = table;
        isView = table.Columns.Any(column => SystemColumns.Contains(column.Name));
        // No name of a dataset has an underscore.
        Name = isView ? string.Create(CultureInfo.InvariantCulture, $"dendrite_rows_{number}") : table.Name;
    }

    /// <summary>Of the table that holds the rows.</summary>
    public string Name { get; }

    /// <summary>As queries name them.</summary>
    public IEnumerable<string> Columns => table.Columns.Select(column => column.Name);

    /// <summary>What makes it, for one transaction.</summary>
    public IEnumerable<string> Creation
    {
        get
        {
            var columns = table.Columns.Select(column => $"{Quoted(column.Name)} {column.SqlType}");
            yield return $"CREATE TEMPORARY TABLE {SandboxSession.Quote(Name)} ({Join(columns)}) ON COMMIT DROP";
            if (isView)
            {
                var names = Join(Columns.Select(SandboxSession.Quote));
                var view = $"CREATE TEMPORARY VIEW {SandboxSession.Quote(table.Name)} ({names})";
                yield return $"{view} AS SELECT {Join(Columns.Select(Quoted))} FROM {SandboxSession.Quote(Name)}";
            }
        }
    }

    /// <summary>Begins to copy values of some columns, as queries name them.</summary>
    public string CopyOf(IEnumerable<string> columns) =>
        $"COPY {SandboxSession.Quote(Name)} ({Join(columns.Select(Quoted))}) FROM STDIN";

    private string Quoted(string column) =>
        isView
            ? string.Create(CultureInfo.InvariantCulture, $"c{Columns.Index().First(one => one.Item == column).Index}")
            : SandboxSession.Quote(column);

    private static string Join(IEnumerable<string> parts) => string.Join(", ", parts);
}
