using System.Buffers.Binary;

namespace Dendrite.SchedulerService.Engine;

/// <summary>
/// Ids of runs: UUIDs of version 7 that grow within this process, also of runs that are made in one millisecond, so
/// that the newest of a list is the newest. The 12 bits after the time count (RFC 9562, section 6.2, method 1).
/// Thread-safe.
/// </summary>
internal sealed class RunIds
{
    private const int CounterBits = 12;
    private const int MaxCounter = (1 << CounterBits) - 1;
    private const int GuidBytes = 16;
    private const int CounterOffset = 6;
    private const ushort Version = 0x7000;

    private readonly Lock gate = new();
    private DateTimeOffset last = DateTimeOffset.MinValue;
    private int counter;

    public Guid Next(DateTimeOffset now)
    {
        var (time, count) = Advance(now);
        Span<byte> bytes = stackalloc byte[GuidBytes];
        Guid.CreateVersion7(time).TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[CounterOffset..], (ushort)(Version | count));
        return new Guid(bytes, bigEndian: true);
    }

    private (DateTimeOffset Time, int Count) Advance(DateTimeOffset now)
    {
        var millisecond = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        lock (gate)
        {
            if (millisecond > last)
                (last, counter) = (millisecond, 0);
            else if (++counter > MaxCounter)
                // Ahead of the clock for a moment; it catches up.
                (last, counter) = (last.AddMilliseconds(1), 0);
            return (last, counter);
        }
    }
}
