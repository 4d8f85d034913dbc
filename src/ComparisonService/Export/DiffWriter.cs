using System.Text;
using Dendrite.ComparisonService.Records;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Export;

/// <summary>
/// Writes a difference as a document, piece by piece: the beginning, then each dataset with its records, then the end.
/// Not thread-safe.
/// </summary>
public abstract class DiffWriter
{
    /// <summary>Whether records are compared by the texts of their cells: see <see cref="RecordComparer"/>.</summary>
    public virtual bool IsWhole => false;

    /// <exception cref="Errors.DendriteException">INVALID_ARGUMENT: none that this server knows.</exception>
    public static DiffWriter Of(DiffFormat format) =>
        format switch
        {
            DiffFormat.JsonLines => new JsonLinesWriter(),
            DiffFormat.Csv => new CsvWriter(),
            DiffFormat.Unified => new UnifiedWriter(),
            DiffFormat.JsonPatch => new JsonPatchWriter(),
            DiffFormat.Unspecified => throw Errors.DendriteException.Invalid(
                "format",
                "is not set; give JSON_LINES, CSV, UNIFIED or JSON_PATCH"
            ),
            _ => throw Errors.DendriteException.Invalid("format", $"{(int)format} is none that this server knows"),
        };

    public virtual void Begin(StringBuilder text, ResolvedComparand comparand) { }

    /// <summary>Before the records of a dataset; also of one whose records do not differ.</summary>
    public virtual void Begin(StringBuilder text, DatasetPair dataset) { }

    public abstract void Write(StringBuilder text, RecordChange change);

    public virtual void End(StringBuilder text) { }
}
