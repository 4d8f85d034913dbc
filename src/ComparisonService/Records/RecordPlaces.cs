using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Records;

/// <summary>Places in page tokens: <c>DATASET/KEY IN HEX/SIDE</c>.</summary>
internal static class RecordPlaces
{
    private const string Old = "old";

    public static string Write(RecordChange last) =>
        $"{last.Dataset.Name}/{Convert.ToHexString(last.Key.Span)}/{(last.Side == DiffSide.OnlyFrom ? Old : "")}";

    /// <param name="place">As it was written. Null: from the first record.</param>
    /// <exception cref="DendriteException">INVALID_PAGE_TOKEN.</exception>
    public static RecordPlace? Read(string? place) =>
        place?.Split('/') switch
        {
            null => null,
            [var dataset, var key, var side] => new(dataset, PageToken.Parse(key, Convert.FromHexString), side == Old),
            _ => throw PageToken.NotOurs(),
        };
}
