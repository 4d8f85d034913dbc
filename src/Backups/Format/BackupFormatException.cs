namespace Dendrite.Backups.Format;

/// <summary>Something in a backup is not what it should be.</summary>
/// <param name="problem">What is wrong, for people.</param>
/// <param name="offset">The first byte of the object that is known to be wrong; null where only the whole is.</param>
public sealed class BackupFormatException(string problem, long? offset = null, Exception? inner = null)
    : Exception(problem, inner)
{
    public long? Offset { get; } = offset;
}
