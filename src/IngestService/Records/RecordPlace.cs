using System.Buffers.Text;
using System.Text.Json;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Records.Cells;

namespace Dendrite.IngestService.Records;

/// <summary>Where a page of records ended.</summary>
/// <param name="Values">
/// What its last record is ordered by; null: longer than a token may be, to be read again from the record.
/// </param>
internal sealed record RecordPlace(byte[] Key, IReadOnlyList<CellValue?>? Values)
{
    /// <summary>Characters of a place with its values: in base64 they are within what a token may have.</summary>
    private const int MaxLength = 4_000;

    /// <summary>For a token: the key, and the values where they are short.</summary>
    public string Write()
    {
        var key = Base64Url.EncodeToString(Key);
        var place = JsonSerializer.Serialize(Values!.Select(value => value?.ToText()).Prepend(key));
        return place.Length <= MaxLength ? place : JsonSerializer.Serialize<string[]>([key]);
    }

    /// <summary>Reads what <see cref="Write"/> wrote; null for null.</summary>
    /// <exception cref="DendriteException">INVALID_PAGE_TOKEN.</exception>
    public static RecordPlace? Read(string? place, IReadOnlyList<ColumnOrder> order)
    {
        if (place is null)
        {
            return null;
        }

        var parts = PageToken.Parse(place, text => JsonSerializer.Deserialize<string?[]>(text));
        if (parts is not [{ } encoded, .. var texts] || (texts.Length != order.Count && texts.Length > 0))
        {
            throw PageToken.NotOurs();
        }

        var key = PageToken.Parse(encoded, text => Base64Url.DecodeFromChars(text));
        return texts.Length < order.Count
            ? new(key, null)
            : new(key, [.. order.Select((by, i) => texts[i] is { } text ? Read(by, text) : null)]);
    }

    private static CellValue? Read(ColumnOrder by, string text) =>
        CellParser.Parse(by.Column.Type, null, CellInput.OfField(text)).Value;
}
