namespace Dendrite.Storage.Records;

/// <summary>A record put or deleted.</summary>
/// <param name="Key">1 to 1,024 bytes; a commit writes a key at most once.</param>
/// <param name="Document">UTF-8 JSON, an object keyed by column number; null deletes.</param>
public sealed record RecordChange(DatasetId Dataset, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte>? Document)
{
    /// <summary>What the record is found by, one for each rule that it has values for; none for a deletion.</summary>
    public IReadOnlyList<RuleDigest> Lookups { get; init; } = [];
}

/// <summary>The values of a record under a uniqueness or reference rule of its dataset.</summary>
/// <param name="Rule">The rule's number, which its dataset never gives to another rule.</param>
/// <param name="Digest">1 to 1,024 bytes that are equal where the values are.</param>
public readonly record struct RuleDigest(int Rule, ReadOnlyMemory<byte> Digest);
