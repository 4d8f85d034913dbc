using System.Diagnostics.CodeAnalysis;
using Dendrite.IngestService.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
using Dendrite.Storage.Records;

namespace Dendrite.IngestService.Records;

/// <summary>One record that is to be written, checked as far as it goes without other records.</summary>
/// <param name="Key">Its key as it is stored.</param>
/// <param name="Cells">As it will be; null: it is deleted.</param>
internal sealed record PlannedWrite(Dataset Dataset, byte[] Key, RecordCells? Cells)
{
    /// <summary>Where the request speaks of it, for errors: a proto path, or the line of a document.</summary>
    [AllowNull]
    public string Path
    {
        get => field ?? (Line > 0 ? $"line {Line}" : "");
        init;
    }

    /// <summary>Line of a document where it comes from, from 1; 0 where it comes from none.</summary>
    public long Line { get; init; }

    /// <summary>The document that it changes, whose unknown cells it keeps; null: it stands alone.</summary>
    public RecordDocument? Former { get; init; }

    /// <summary>Last part of the record's name.</summary>
    public string RecordId => IdOf(Dataset, Key);

    public RecordChange ToChange()
    {
        if (Cells is not { } cells)
        {
            return new(Dataset.Id, Key, null);
        }

        return new(Dataset.Id, Key, cells.ToUtf8(Former)) { Lookups = LookupsOf(cells) };
    }

    public static IReadOnlyList<RuleDigest> LookupsOf(RecordCells cells) =>
        cells.Definition.Constraints.IsEmpty
            ? []
            : [.. ConstraintDigest.LookupsOf(cells).Select(entry => new RuleDigest(entry.Rule, entry.Digest))];

    public static string IdOf(Dataset dataset, ReadOnlyMemory<byte> key) =>
        Dendrite.Records.Keys.RecordId.Format(
            RecordKey.Decode(key.Span, dataset.Definition.KeyTypes.AsSpan()).AsSpan()
        );
}

/// <summary>Keys by their bytes, for looking up.</summary>
internal sealed class KeyComparer : IEqualityComparer<ReadOnlyMemory<byte>>
{
    public static KeyComparer Instance { get; } = new();

    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

    public int GetHashCode(ReadOnlyMemory<byte> obj)
    {
        var hash = new HashCode();
        hash.AddBytes(obj.Span);
        return hash.ToHashCode();
    }
}
