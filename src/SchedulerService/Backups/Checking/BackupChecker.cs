using Dendrite.Backups.Format;
using Dendrite.Operations;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Backups.Checking;

/// <summary>Reads every object of a backup and says of each what is wrong with it. Memory for one object.</summary>
internal static class BackupChecker
{
    /// <summary>As the contract says; the first thousand show where to look.</summary>
    private const int MaxDamages = 1_000;

    public static async Task<CheckedBackup> CheckAsync(
        OperationWork work,
        BackupFiles files,
        Manifest manifest,
        CancellationToken cancellationToken
    )
    {
        var verification = new BackupVerification();
        var damaged = new HashSet<string>(StringComparer.Ordinal);
        var chunks = manifest.Timelines.SelectMany(line => line.Chunks).DistinctBy(chunk => chunk.Object);
        foreach (var chunk in chunks)
        {
            await work.TellAsync(
                "reading back",
                verification.ReadBytes,
                manifest.ObjectBytes,
                "bytes",
                cancellationToken
            );
            var (content, damage) = await files.ReadAsync(chunk, cancellationToken);
            verification.ReadBytes += content?.Length ?? 0;
            damage ??= FindContradiction(content!, chunk);
            if (damage is not null && damaged.Add(chunk.Object) && verification.Damages.Count < MaxDamages)
            {
                verification.Damages.Add(DamageOf(files.Key(chunk.Object).ToString(), damage));
            }
        }

        return new(verification, damaged);
    }

    /// <summary>On the wire.</summary>
    public static BackupDamage DamageOf(string key, BackupFormatException damage)
    {
        var message = new BackupDamage { Object = key, Problem = damage.Message };
        if (damage.Offset is { } offset)
        {
            message.Offset = offset;
        }

        return message;
    }

    /// <summary>An object that is what was written may still not be what its manifest says.</summary>
    private static BackupFormatException? FindContradiction(byte[] content, ChunkEntry chunk)
    {
        try
        {
            var rows = Chunk.Open(content).Rows.Span.Count((byte)'\n');
            return rows == chunk.Rows ? null : new($"it has {rows} rows, and its manifest says {chunk.Rows}");
        }
        catch (BackupFormatException damage)
        {
            return damage;
        }
    }
}

/// <summary>What was found.</summary>
/// <param name="Damaged">Digests in the names of the objects that are damaged.</param>
internal sealed record CheckedBackup(BackupVerification Verification, IReadOnlySet<string> Damaged);
