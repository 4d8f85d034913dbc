namespace Dendrite.Backups.Stores;

/// <summary>
/// Where backups lie: a folder or S3-compatible storage. What is read from it was written by anybody: whoever reads
/// compares digests and bounds sizes. Thread-safe.
/// </summary>
/// <remarks>All methods throw <see cref="Errors.DendriteException"/> UNAVAILABLE where the store cannot be
/// reached.</remarks>
public interface IObjectStore
{
    /// <summary>How large an object is, in bytes; null where there is none.</summary>
    Task<long?> FindSizeAsync(ObjectKey key, CancellationToken cancellationToken);

    /// <summary>
    /// Writes an object, whole or not at all: durable when this returns, and no reader ever sees a part of it. One that
    /// exists is replaced.
    /// </summary>
    Task PutAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>An object; null where there is none.</summary>
    /// <param name="maxBytes">What the caller can take: of a longer one so many bytes come and one more.</param>
    Task<byte[]?> FindAsync(ObjectKey key, int maxBytes, CancellationToken cancellationToken);

    /// <summary>
    /// The objects whose keys begin with the prefix, in no order. Files that no key names are left out.
    /// </summary>
    /// <param name="prefix">A key and a slash.</param>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Removes an object; one that is not there is no error.</summary>
    Task DeleteAsync(ObjectKey key, CancellationToken cancellationToken);

    /// <summary>Removes what writers that died left behind, where the kind of store leaves anything.</summary>
    Task RemoveRemainsAsync(string prefix, CancellationToken cancellationToken);
}

/// <summary>An object as a store lists it.</summary>
/// <param name="SizeBytes">Its length.</param>
public readonly record struct StoredObject(ObjectKey Key, long SizeBytes);
