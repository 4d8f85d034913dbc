namespace Dendrite.Storage.Backups;

/// <summary>Where a backup stands.</summary>
public enum BackupState
{
    /// <summary>Its operation goes on.</summary>
    Running,

    /// <summary>Its manifest is in the store.</summary>
    Complete,

    /// <summary>Its operation ended without; what it left is removed.</summary>
    Failed,

    /// <summary>Somebody wants it gone.</summary>
    Deleting,
}

/// <summary>A backup as the database knows it; what it holds stands in its manifest.</summary>
/// <param name="Plan">Id of the plan, which may be gone.</param>
/// <param name="Name">Its id.</param>
/// <param name="Store">Where it lies.</param>
public sealed record BackupRecord(string Plan, string Name, string Store)
{
    public required BackupState State { get; init; }

    /// <summary>The instant of the state that it holds.</summary>
    public required DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset? CompleteTime { get; init; }

    public DateTimeOffset? VerifyTime { get; init; }

    /// <summary>When it goes; null: never by itself.</summary>
    public DateTimeOffset? ExpireTime { get; init; }

    public long TotalBytes { get; init; }

    public long AddedBytes { get; init; }

    /// <summary>SHA-256 of its manifest; null until it is complete.</summary>
    public byte[]? Digest { get; init; }

    /// <summary>JSON array of what it holds: <c>{"resource", "version", "digest"}</c>, the digest in hexadecimal
    /// digits.</summary>
    public string ItemsJson { get; init; } = "[]";
}

/// <summary>A backup by its ids.</summary>
public readonly record struct BackupKey(string Plan, string Name);

/// <summary>A complete backup, to be written down.</summary>
public sealed record CompleteBackup(BackupKey Key, byte[] Digest)
{
    public long TotalBytes { get; init; }

    public long AddedBytes { get; init; }

    public string ItemsJson { get; init; } = "[]";

    /// <summary>Null: it was not read back.</summary>
    public DateTimeOffset? VerifyTime { get; init; }
}
