using System.Globalization;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.EndToEnd.Clinical;

/// <summary>
/// The tables of the CDISC pilot study: subjects, and five tables of what was seen in them. The real ones where they
/// lie beside the repository, else tables of the same shape, made here.
/// </summary>
internal sealed class PilotTables
{
    public const string Missing = "../shared/data/clinical/cdiscpilot is not beside the repository.";

    /// <summary>Each dataset with its file and key.</summary>
    private static readonly (string Id, string File, string[] Key)[] Shapes =
    [
        ("dm", "dm.csv", ["USUBJID"]),
        ("ae", "ae.csv", ["USUBJID", "AESEQ"]),
        ("ds", "ds.csv", ["USUBJID", "DSSEQ"]),
        ("ex", "ex.csv", ["USUBJID", "EXSEQ"]),
        ("lb", "lb_first10subj.csv", ["USUBJID", "LBSEQ"]),
        ("vs", "vs_first10subj.csv", ["USUBJID", "VSSEQ"]),
    ];

    private static readonly HashSet<string> Decimals = ["AGE", "LBSTRESN", "VSSTRESN", "EXDOSE"];

    private readonly Func<string, string> read;

    private PilotTables(Func<string, string> read) => this.read = read;

    public static IReadOnlyList<string> Ids { get; } = [.. Shapes.Select(shape => shape.Id)];

    /// <summary>Null where they are not there.</summary>
    public static PilotTables? FindReal()
    {
        var folder = Path.Combine(Documents.Repository.Root, "..", "shared", "data", "clinical", "cdiscpilot");
        return Directory.Exists(folder) ? new(file => File.ReadAllText(Path.Combine(folder, file))) : null;
    }

    /// <summary>Twenty subjects, the first ten of them with laboratory values and vital signs.</summary>
    public static PilotTables Make() => new(MadeUp);

    /// <summary>Datasets in an order in which each refers to those before it.</summary>
    public IEnumerable<(string Id, Dataset Dataset, string Csv)> All()
    {
        foreach (var (id, file, key) in Shapes)
        {
            var csv = read(file);
            yield return (id, DatasetOf(id, key, csv), csv);
        }
    }

    private static Dataset DatasetOf(string id, string[] key, string csv)
    {
        var dataset = new Dataset { KeyColumns = { key } };
        foreach (var name in csv[..csv.IndexOf('\n')].Trim().Split(',').Select(field => field.Trim('"')))
        {
            var column = new Column { Column_ = name, Type = TypeOf(name) };
            if (name == "AGE")
            {
                (column.Minimum, column.Maximum) = (Value.ForString("18"), Value.ForString("110"));
            }

            dataset.Columns.Add(column);
        }

        if (id != "dm")
        {
            var reference = new ReferenceRule { Columns = { "USUBJID" }, DatasetId = "dm" };
            dataset.Constraints.Add(new Constraint { Constraint_ = "of_subject", Reference = reference });
        }

        return dataset;
    }

    private static ColumnType TypeOf(string column) =>
        column.EndsWith("SEQ", StringComparison.Ordinal) ? ColumnType.Integer
        : Decimals.Contains(column) ? ColumnType.Decimal
        : ColumnType.Text;

    private static string MadeUp(string file)
    {
        var (id, _, key) = Array.Find(Shapes, shape => shape.File == file);
        string[] columns = id switch
        {
            "dm" => ["STUDYID", "USUBJID", "AGE", "SEX", "ARM"],
            "lb" => ["STUDYID", .. key, "LBTESTCD", "LBSTRESN", "LBSTRESU", "LBNRIND"],
            _ => ["STUDYID", .. key, $"{id.ToUpperInvariant()}TERM"],
        };
        var rows = Enumerable
            .Range(0, id == "dm" ? 20 : 60)
            .Select(i => string.Join(',', columns.Select(CellOf(id, i))));
        return string.Join('\n', rows.Prepend(string.Join(',', columns))) + "\n";
    }

    private static Func<string, string> CellOf(string id, int row) =>
        column =>
            column switch
            {
                "STUDYID" => "MADEUP01",
                "USUBJID" => $"01-{(id is "dm" or "ae" ? row % 20 : row % 10):000}",
                "AGE" => $"{50 + row}",
                "SEX" => row % 2 == 0 ? "F" : "M",
                "ARM" => row % 3 == 0 ? "Placebo" : "\"Xanomeline, high dose\"",
                "LBTESTCD" => "ALB",
                "LBSTRESN" => row % 7 == 0 ? "NA" : $"{30 + (row % 9)}.{row % 10}",
                "LBSTRESU" => "g/L",
                "LBNRIND" => "NORMAL",
                _ when column.EndsWith("SEQ", StringComparison.Ordinal) => row.ToString(CultureInfo.InvariantCulture),
                _ => $"\"term {row}, \"\"as said\"\"\"",
            };
}
