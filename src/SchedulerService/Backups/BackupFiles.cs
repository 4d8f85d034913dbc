using Dendrite.Backups.Format;
using Dendrite.Backups.Stores;
using Dendrite.Errors;
using Dendrite.Storage.Backups;

namespace Dendrite.SchedulerService.Backups;

/// <summary>A project's part of a store: manifests and chunks, compared with their digests as they are read.</summary>
/// <param name="Project">Id of the project.</param>
internal sealed record BackupFiles(IObjectStore Store, string Project)
{
    /// <summary>The manifest of a complete backup.</summary>
    /// <exception cref="DendriteException">DATA_DAMAGED: it is missing or not the one that was written.</exception>
    public async Task<Manifest> ReadManifestAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        var key = ManifestKey(backup);
        var content =
            await Store.FindAsync(key, BackupLimits.ManifestBytes, cancellationToken)
            ?? throw Damaged(key.ToString(), "it is missing", null);
        try
        {
            var manifest = ManifestFile.Read(content, backup.Digest!);
            return (manifest.Project, manifest.Plan, manifest.Backup) == (Project, backup.Plan, backup.Name)
                ? manifest
                : throw new BackupFormatException("it is the manifest of another backup");
        }
        catch (BackupFormatException damage)
        {
            throw Damaged(key.ToString(), damage.Message, damage);
        }
    }

    /// <summary>A chunk; null with what is wrong where it is not what its manifest says.</summary>
    public async Task<(byte[]? Content, BackupFormatException? Damage)> ReadAsync(
        ChunkEntry chunk,
        CancellationToken cancellationToken
    )
    {
        var content = await Store.FindAsync(Key(chunk.Object), chunk.Bytes, cancellationToken);
        return content is null ? (null, new("it is missing"))
            : Chunk.FindDamage(content, chunk) is { } damage ? (null, damage)
            : (content, null);
    }

    /// <summary>A chunk, opened.</summary>
    /// <exception cref="DendriteException">DATA_DAMAGED.</exception>
    public async Task<Chunk> OpenAsync(ChunkEntry chunk, CancellationToken cancellationToken)
    {
        var (content, damage) = await ReadAsync(chunk, cancellationToken);
        try
        {
            return content is not null ? Chunk.Open(content) : throw damage!;
        }
        catch (BackupFormatException found)
        {
            throw Damaged(Key(chunk.Object).ToString(), found.Message, found);
        }
    }

    public ObjectKey Key(string digest) => BackupKeys.Object(Project, digest);

    public ObjectKey ManifestKey(BackupRecord backup) =>
        BackupKeys.Manifest(Project, backup.Plan, backup.Name, backup.Digest);

    /// <summary>DATA_DAMAGED, to be thrown.</summary>
    public static DendriteException Damaged(string key, string problem, Exception? cause) =>
        new(
            ErrorReason.DataDamaged,
            $"Object {key} of the backup is damaged: {problem}. Check the backup for all that is damaged, and restore "
                + "another one.",
            cause
        )
        {
            Metadata = new Dictionary<string, string> { ["object"] = key },
        };
}
