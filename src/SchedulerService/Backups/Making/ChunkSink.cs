using System.Globalization;
using System.Text.Json;
using Dendrite.Backups.Format;
using Dendrite.Operations;

namespace Dendrite.SchedulerService.Backups.Making;

/// <summary>
/// Takes the chunks of a backup: stores those that are not there, and keeps with the operation which were done, so that
/// another attempt goes on behind them. One for each attempt; not thread-safe.
/// </summary>
internal sealed class ChunkSink
{
    /// <summary>Chunks between two entries of the journal: what another attempt may have to look at again.</summary>
    private const int JournalChunks = 32;

    private readonly BackupFiles files;
    private readonly OperationWork work;
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ChunkEntry> known = new(StringComparer.Ordinal);
    private readonly IReadOnlySet<string> distrusted;
    private readonly List<ChunkEntry> unjournaled = [];
    private long unjournaledBytes;
    private int journalParts;

    /// <param name="distrusted">Objects that are in the store and damaged: they are written anew.</param>
    public ChunkSink(BackupFiles files, OperationWork work, IReadOnlySet<string> distrusted)
    {
        this.files = files;
        this.work = work;
        this.distrusted = distrusted;
    }

    /// <summary>Bytes of all chunks of the backup, each object once.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>How many of them were not in the store, over all attempts.</summary>
    public long AddedBytes { get; private set; }

    /// <summary>What earlier attempts have done.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        while (await work.FindPartAsync(PartName(journalParts), cancellationToken) is { } part)
        {
            var page = JsonSerializer.Deserialize<JournalPage>(part)!;
            Know(page.Chunks);
            AddedBytes += page.AddedBytes;
            journalParts++;
        }
    }

    /// <summary>Chunks of an earlier backup, whose payloads need not be read again.</summary>
    public void Know(IEnumerable<ChunkEntry> chunks)
    {
        foreach (var chunk in chunks.Where(chunk => chunk.Identity is not null && !distrusted.Contains(chunk.Object)))
        {
            known[chunk.Identity!] = chunk;
        }
    }

    /// <summary>A chunk that says the same and is in the store; null: make one.</summary>
    public async Task<ChunkEntry?> FindAsync(string identity, CancellationToken cancellationToken)
    {
        if (!known.TryGetValue(identity, out var chunk) || !await IsStoredAsync(chunk, cancellationToken))
        {
            return null;
        }

        Count(chunk);
        return chunk;
    }

    /// <summary>Stores a chunk, unless it is there.</summary>
    public async Task AddAsync(ChunkEntry chunk, byte[] content, CancellationToken cancellationToken)
    {
        if (seen.Contains(chunk.Object))
        {
            return;
        }

        if (distrusted.Contains(chunk.Object) || !await IsStoredAsync(chunk, cancellationToken))
        {
            await files.Store.PutAsync(files.Key(chunk.Object), content, cancellationToken);
            AddedBytes += chunk.Bytes;
            unjournaledBytes += chunk.Bytes;
        }

        Count(chunk);
        unjournaled.Add(chunk);
        if (unjournaled.Count >= JournalChunks)
        {
            await KeepAsync(cancellationToken);
        }
    }

    /// <summary>Tells how far the backup is; the operation's lease is renewed by it.</summary>
    public Task TellAsync(string step, CancellationToken cancellationToken) =>
        work.TellAsync(step, TotalBytes, null, "bytes", cancellationToken);

    private void Count(ChunkEntry chunk)
    {
        if (seen.Add(chunk.Object))
        {
            TotalBytes += chunk.Bytes;
        }
    }

    // An object of another length was cut off by something that is no writer of ours: it is replaced.
    private async Task<bool> IsStoredAsync(ChunkEntry chunk, CancellationToken cancellationToken) =>
        seen.Contains(chunk.Object)
        || await files.Store.FindSizeAsync(files.Key(chunk.Object), cancellationToken) == chunk.Bytes;

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        var page = new JournalPage([.. unjournaled], unjournaledBytes);
        await work.KeepAsync(
            [new(PartName(journalParts), JsonSerializer.SerializeToUtf8Bytes(page))],
            cancellationToken
        );
        journalParts++;
        unjournaled.Clear();
        unjournaledBytes = 0;
    }

    private static string PartName(int number) => string.Create(CultureInfo.InvariantCulture, $"chunks-{number:D6}");

    private sealed record JournalPage(IReadOnlyList<ChunkEntry> Chunks, long AddedBytes);
}
