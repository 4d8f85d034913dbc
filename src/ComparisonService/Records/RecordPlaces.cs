using Dendrite.V1;

namespace Dendrite.ComparisonService.Records;

/// <summary>Places in page tokens: <c>DATASET/KEY IN HEX/SIDE</c>.</summary>
internal static class RecordPlaces
{
    private const string Old = "old";

    public static string Write(RecordChange last) =>
        $"{last.Dataset.Name}/{Convert.ToHexString(last.Key.Span)}/{(last.Side == DiffSide.OnlyFrom ? Old : "")}";

    /// <param name="place">As it was written: tokens are checked. Null: from the first record.</param>
    public static RecordPlace? Read(string? place) =>
        place?.Split('/') is [var dataset, var key, var side]
            ? new(dataset, Convert.FromHexString(key), side == Old)
            : null;
}
