using System.Text.Json.Nodes;

namespace Dendrite.Backups.Format;

/// <summary>
/// What a backup holds, and where: a JSON document, packed, stored last. A backup without it is none.
/// </summary>
public sealed record Manifest
{
    /// <summary>What <see cref="Format"/> says.</summary>
    public const string FormatName = "dendrite backup 1";

    public required string Format { get; init; }

    /// <summary>Id of the project that was backed up.</summary>
    public required string Project { get; init; }

    /// <summary>Id of the plan.</summary>
    public required string Plan { get; init; }

    /// <summary>Id of the backup.</summary>
    public required string Backup { get; init; }

    /// <summary>The instant of the state.</summary>
    public required DateTimeOffset CreateTime { get; init; }

    public required IReadOnlyList<ManifestItem> Items { get; init; }

    /// <summary>By number, which is the order in which they were made: a fork comes behind what it was forked
    /// from.</summary>
    public required IReadOnlyList<ManifestTimeline> Timelines { get; init; }

    /// <summary>Bytes of all objects, each once.</summary>
    public required long ObjectBytes { get; init; }
}

/// <summary>A branch or tag.</summary>
public sealed record ManifestItem
{
    /// <summary><c>branch</c> or <c>tag</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Its id.</summary>
    public required string Name { get; init; }

    /// <summary>Number of the timeline that it points at.</summary>
    public required long Timeline { get; init; }

    /// <summary>Its newest commit.</summary>
    public required long Version { get; init; }

    /// <summary>SHA-256 over what can be seen there, in hexadecimal digits; see docs/backups.md.</summary>
    public required string Digest { get; init; }

    /// <summary>Its vector: what it sees of each timeline, and since when.</summary>
    public required IReadOnlyList<ManifestEntry> Entries { get; init; }

    /// <summary>The branch or tag as its row said: title, labels, owner and the like.</summary>
    public required JsonObject Descriptor { get; init; }
}

/// <summary>An entry of a vector: rows of the owner up to a version are seen, from a commit on (0: from the
/// fork).</summary>
public sealed record ManifestEntry(long Owner, long Since, long Through);

/// <summary>A timeline, as far as any item sees it.</summary>
public sealed record ManifestTimeline
{
    public required long Id { get; init; }

    /// <summary>The newest commit that was seen at its fork; 0: none.</summary>
    public required long StartVersion { get; init; }

    /// <summary>Rows beyond it are not in the backup.</summary>
    public required long Through { get; init; }

    /// <summary>The timeline that absorbed it; null: none.</summary>
    public long? AbsorbedInto { get; init; }

    /// <summary>The merge of that timeline.</summary>
    public long? AbsorbedAt { get; init; }

    /// <summary>In the order in which they are restored.</summary>
    public required IReadOnlyList<ChunkEntry> Chunks { get; init; }
}

/// <summary>A chunk of a timeline.</summary>
public sealed record ChunkEntry
{
    /// <summary>Whose rows it holds, such as <c>signals.block</c>.</summary>
    public required string Table { get; init; }

    public required int Rows { get; init; }

    public required long FirstVersion { get; init; }

    public required long LastVersion { get; init; }

    /// <summary>SHA-256 of the object, which is its name, in hexadecimal digits.</summary>
    public required string Object { get; init; }

    public required int Bytes { get; init; }

    /// <summary>CRC-32C of each piece of <see cref="BackupLimits.PieceBytes"/>.</summary>
    public required IReadOnlyList<uint> Pieces { get; init; }

    /// <summary>
    /// SHA-256 over what the rows say, however their payloads are encoded: so a later backup knows the chunk without
    /// reading payloads. Null for chunks without payloads.
    /// </summary>
    public string? Identity { get; init; }
}
