using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dendrite.Records.Cells;

namespace Dendrite.Records.Documents;

/// <summary>
/// A record as it is stored: for each column's number the value in canonical JSON. A number that is not there is null,
/// or what the column says of records older than itself; numbers of columns that a branch has dropped stay, since
/// another branch may still see them. Cells are equal exactly where their texts are, whatever the column's type.
/// </summary>
public sealed class RecordDocument : IEquatable<RecordDocument>
{
    private RecordDocument(ImmutableSortedDictionary<int, string> cells) => Cells = cells;

    public static RecordDocument Empty { get; } = new(ImmutableSortedDictionary<int, string>.Empty);

    /// <summary>Column number to canonical JSON.</summary>
    public ImmutableSortedDictionary<int, string> Cells { get; }

    public static RecordDocument Of(IEnumerable<KeyValuePair<int, string>> cells) =>
        new(ImmutableSortedDictionary.CreateRange(cells));

    /// <summary>Reads a stored document, also as <c>jsonb</c> spells it.</summary>
    /// <exception cref="FormatException">It is something else: the database is damaged.</exception>
    public static RecordDocument Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var cells = ImmutableSortedDictionary.CreateBuilder<int, string>();
            foreach (var cell in document.RootElement.EnumerateObject())
            {
                cells.Add(int.Parse(cell.Name, CultureInfo.InvariantCulture), CanonicalJson.OfStored(cell.Value));
            }

            return new(cells.ToImmutable());
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException("A stored record cannot be read.", failure);
        }
    }

    /// <summary>This document with one cell set.</summary>
    /// <param name="json">Canonical JSON.</param>
    public RecordDocument With(int column, string json) => new(Cells.SetItem(column, json));

    public RecordDocument Without(int column) => new(Cells.Remove(column));

    /// <summary>As it is stored: cells by number, without spaces.</summary>
    public string ToJson()
    {
        var json = new StringBuilder("{");
        foreach (var (column, cell) in Cells)
        {
            json.Append(json.Length == 1 ? "\"" : ",\"").Append(column).Append("\":").Append(cell);
        }

        return json.Append('}').ToString();
    }

    /// <summary>SHA-256 of <see cref="ToJson"/> in UTF-8: equal documents have equal digests.</summary>
    public byte[] Digest() => DigestOf(ToJson());

    /// <summary>The digest of a document that is at hand as its text.</summary>
    public static byte[] DigestOf(string json) => SHA256.HashData(Encoding.UTF8.GetBytes(json));

    public bool Equals(RecordDocument? other) => other is not null && Cells.SequenceEqual(other.Cells);

    public override bool Equals(object? obj) => Equals(obj as RecordDocument);

    public override int GetHashCode() => HashCode.Combine(Cells.Count, Cells.IsEmpty ? 0 : Cells.First().Value.Length);

    public override string ToString() => ToJson();
}
