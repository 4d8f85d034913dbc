using Dendrite.Versioning;

namespace Dendrite.Storage.Records;

/// <summary>One version of a record.</summary>
/// <param name="Version">The commit that wrote it.</param>
/// <param name="Timeline">The timeline that the commit was made on.</param>
/// <param name="Document">UTF-8 JSON, an object keyed by column number; null: the record was deleted.</param>
public sealed record StoredRecord(
    ReadOnlyMemory<byte> Key,
    CommitVersion Version,
    TimelineId Timeline,
    ReadOnlyMemory<byte>? Document
)
{
    public bool IsDeleted => Document is null;

    /// <summary>Whether a row of the same key is this one.</summary>
    public bool IsAt(CommitVersion version, TimelineId timeline) => Version == version && Timeline == timeline;

    /// <summary>Bytes of what can be large.</summary>
    internal static long SizeOf(StoredRecord record) => record.Key.Length + (record.Document?.Length ?? 0);
}
