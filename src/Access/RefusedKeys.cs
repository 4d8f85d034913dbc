using System.Buffers.Binary;

namespace Dendrite.Access;

/// <summary>
/// Keys that were just refused, so that a misconfigured client in a loop does not ask PostgreSQL each time. Its size is
/// fixed: each hash has one slot and drives out what was there, so guessing costs the guesser and not our memory.
/// A refusal is of an id and a secret together: the right secret under a wrong id refuses nobody who has both right.
/// Safe for concurrent use.
/// </summary>
internal sealed class RefusedKeys(TimeProvider time)
{
    // How long a key that was just made may go on being refused to whoever tried it too early.
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);
    private const int Slots = 4096;

    private readonly Entry?[] entries = new Entry?[Slots];

    /// <param name="id">As it was presented: at most 64 characters.</param>
    /// <param name="hash">Of the secret.</param>
    public bool Contains(string id, ReadOnlySpan<byte> hash) =>
        Volatile.Read(ref entries[SlotOf(hash)]) is { } entry
        && time.GetElapsedTime(entry.RefusedAt) < Lifetime
        && string.Equals(id, entry.Id, StringComparison.Ordinal)
        && hash.SequenceEqual(entry.Hash);

    public void Add(string id, byte[] hash) =>
        Volatile.Write(ref entries[SlotOf(hash)], new Entry(id, hash, time.GetTimestamp()));

    private static int SlotOf(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt16LittleEndian(hash) % Slots;

    private sealed record Entry(string Id, byte[] Hash, long RefusedAt);
}
