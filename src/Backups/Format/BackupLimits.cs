namespace Dendrite.Backups.Format;

/// <summary>
/// How much a backup may ask of who reads it. A store is no friend: every length is compared with these before memory
/// is taken. Writers stay well below.
/// </summary>
public static class BackupLimits
{
    /// <summary>
    /// An object as it lies in the store. A chunk is closed at some 8 MB; the longest single block or document still
    /// fits.
    /// </summary>
    public const int ObjectBytes = 96 << 20;

    /// <summary>The rows of a chunk, unpacked.</summary>
    public const int HeadBytes = 64 << 20;

    /// <summary>A manifest, packed and unpacked: some 400,000 chunks, which is 3 TB.</summary>
    public const int ManifestBytes = 128 << 20;

    public const int Items = 10_000;

    public const int Timelines = 500_000;

    public const int Chunks = 1_000_000;

    /// <summary>Of all vectors together.</summary>
    public const int Entries = 500_000;

    /// <summary>What one checksum of a chunk covers: where damage begins is known to so many bytes.</summary>
    public const int PieceBytes = 256 << 10;
}
