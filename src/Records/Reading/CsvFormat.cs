using System.Collections.Immutable;
using System.Text;

namespace Dendrite.Records.Reading;

/// <summary>How a CSV document is written.</summary>
public sealed record CsvFormat
{
    /// <summary>Between fields.</summary>
    public char Delimiter { get; init; } = ',';

    public Encoding Encoding { get; init; } = TextEncodings.Find("")!;

    /// <summary>What stands for null, where it has no quotes, besides nothing at all.</summary>
    public ImmutableHashSet<string> NullValues { get; init; } = [];

    /// <summary>Column of the document to column of the dataset, where the names differ.</summary>
    public ImmutableDictionary<string, string> ColumnNames { get; init; } =
        ImmutableDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Whether a character can stand between fields.</summary>
    public static bool IsDelimiter(char character) => character is not ('"' or '\r' or '\n' or '\0');

    /// <summary>Whether a field stands for null.</summary>
    public bool IsNull(CsvField field) =>
        !field.IsQuoted && (field.Text.Length == 0 || NullValues.Contains(field.Text));
}

/// <summary>A row of a document that is no record.</summary>
/// <param name="Line">Line on which it begins, from 1.</param>
/// <param name="Column">Name of the column at fault; empty when it is the row.</param>
/// <param name="Problem">What is wrong and what is allowed.</param>
public readonly record struct BadRow(long Line, string Column, string Problem);
