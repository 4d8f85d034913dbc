using System.Security.Cryptography;
using System.Text;

namespace Dendrite.Versioning.Merging;

/// <summary>
/// Identifies a conflict by what it is about: its kind, its place, the values in conflict on all three sides, and what
/// else is lost with the side that loses. So a later preview gives the same conflict the same id, and a decision made
/// about values that have changed since does not apply to the new ones.
/// </summary>
/// <param name="Value">32 hexadecimal digits.</param>
public readonly record struct ConflictId(string Value)
{
    private const int DigestBytes = 16;

    /// <summary>The id of a conflict over a row.</summary>
    /// <param name="place">
    /// Where it is, such as the dataset's id and the key, and what stands for what it is about beside its cells.
    /// </param>
    public static ConflictId Of<TColumn, TValue>(
        RowMerge<TColumn, TValue> merge,
        ICellRules<TValue> cells,
        params IEnumerable<string> place
    )
        where TColumn : notnull
    {
        var kind = merge.Outcome.ConflictOf() ?? throw new ArgumentException("The row is not in conflict.");
        var values = merge
            .Clashes.Select(clash => (Column: clash.Column.ToString() ?? "", Clash: clash))
            .OrderBy(clash => clash.Column, StringComparer.Ordinal)
            .SelectMany(clash =>
                new[] { clash.Clash.Base, clash.Clash.Source, clash.Clash.Target }
                    .Select(cell => cell.IsPresent ? "=" + cells.ToCanonicalText(cell.Value!) : "")
                    .Prepend(clash.Column)
            );
        return Of(kind, place.Append("|").Concat(values));
    }

    /// <summary>The id of a conflict of the kind over what the parts say, in order.</summary>
    public static ConflictId Of(ConflictKind kind, params IEnumerable<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts.Prepend(kind.ToString()))
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            // Lengths first, so that no two lists of parts give the same input.
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return new(Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, DigestBytes)));
    }

    public override string ToString() => Value;
}
