using System.Buffers;
using System.Runtime.InteropServices;
using Dendrite.Client.Gateways;
using Dendrite.Client.Spools;
using Dendrite.Signals.Blocks;
using Google.Protobuf;

namespace Dendrite.Client.Tests.Spools;

/// <summary>
/// The spool and the outbox of a gateway of two channel groups, on a stream in memory, without threads and clocks: a
/// seed decides what is written, sent, stored and acknowledged, and what breaks in between. Each sample has a number of
/// its own, so that the stream tells which ones came, and in which order.
/// </summary>
internal sealed class SimulatedGateway(int seed) : IDisposable
{
    private const int Groups = 2;

    private static readonly ReadOnlyMemory<byte> Declared = new V1.Gap { Cause = V1.GapCause.Paused }.ToByteArray();

    private readonly Random random = new(seed);
    private readonly TempDirectory directory = new();
    private readonly SimulatedStream stream = new(Groups);

    /// <summary>Sent, and neither stored nor lost.</summary>
    private readonly Queue<V1.AppendRequest> wire = [];

    /// <summary>Where the stream stood after each message that was stored and not acknowledged.</summary>
    private readonly Queue<long> stored = [];

    /// <summary>For each group, the number of the sample that has a count now.</summary>
    private readonly Dictionary<long, int>[] numbers =
    [
        [],
        [],
    ];
    private Spool? spool;
    private SpoolStateFile? state;
    private Outbox? outbox;
    private long[] next = [];
    private int given;
    private bool isOpen;
    private bool isFirstCall;

    /// <summary>Samples that the spool let go of: dropped for want of room, or torn with the power.</summary>
    public HashSet<int> Lost { get; } = [];

    /// <summary>Samples that were given a place anew, behind another writer's.</summary>
    public bool IsDisplaced { get; private set; }

    public SimulatedStream Stream => stream;

    public int Given => given;

    public void Dispose()
    {
        spool?.Dispose();
        directory.Dispose();
    }

    /// <summary>So many steps, and then whatever it takes until all that is spooled is durable.</summary>
    public void Run(int steps, bool others)
    {
        Start();
        for (var i = 0; i < steps; i++)
        {
            Step(others);
        }

        Restart(powerFails: false);
        Open();
        while (Send() || Store() || Acknowledge()) { }
    }

    private void Step(bool others)
    {
        switch (random.Next(40))
        {
            case < 12:
                WriteBlock(random.Next(Groups));
                break;
            case 12:
                WriteGap();
                break;
            case 13:
                WriteEvent();
                break;
            case < 22:
                _ = isOpen && Send();
                break;
            case < 29:
                Store();
                break;
            case < 34:
                _ = isOpen && Acknowledge();
                break;
            case 34:
                Break();
                break;
            case 35 when random.Next(3) == 0:
                Restart(powerFails: random.Next(2) == 0);
                break;
            case 36 when others && random.Next(8) == 0:
                Break();
                stream.AppendOthers(random.Next(1, 20));
                // Only who is to take over comes back.
                Restart(powerFails: false);
                break;
            case 37:
                spool!.Flush();
                break;
            default:
                Open();
                break;
        }
    }

    private void Start()
    {
        state = SpoolStateFile.Open(directory.Path, "projects/p/branches/b/streams/s", "layout");
        var options = new SpoolOptions(directory.Path, (seed % 2 == 0 ? 64 : 512) << 10, Groups);
        spool = Spool.Open(options, SpoolLock.Take(directory.Path), state.State.LastSession);
        spool.Dropped = NoteLost;
        state.CutAt(spool.GroupEnds);
        outbox = new(spool, state, TimeProvider.System);
        next = spool.GroupEnds;
        (isOpen, isFirstCall) = (false, true);
    }

    private void Restart(bool powerFails)
    {
        wire.Clear();
        stored.Clear();
        spool!.Dispose();
        if (powerFails)
        {
            using var last = new FileStream(directory.Files("*.spool")[^1], FileMode.Open);
            var header = new SegmentHeader(0, 0, new long[Groups]).SizeBytes;
            last.SetLength(random.NextInt64(header, last.Length + 1));
        }

        var before = numbers.Select(group => group.ToDictionary()).ToArray();
        Start();
        if (powerFails)
        {
            KeepWhatIsSpooled(before);
        }
    }

    /// <summary>Counts whose samples were torn are given again, to other samples.</summary>
    private void KeepWhatIsSpooled(Dictionary<long, int>[] before)
    {
        HashSet<int> kept = [];
        for (var at = spool!.Start; spool.Read(at) is { } read; at = read.Next)
        {
            kept.UnionWith(read.Record.Kind == SpoolKind.Block ? SimulatedStream.Decode(read.Record.Payload.Span) : []);
        }

        spool.Release();
        for (var group = 0; group < Groups; group++)
        {
            foreach (var (count, number) in before[group].Where(one => !kept.Contains(one.Value)))
            {
                numbers[group].Remove(count);
                Lost.Add(number);
            }
        }
    }

    private void WriteBlock(int group)
    {
        if (next[group] > next.Min() + 400)
        {
            return;
        }

        var samples = new int[random.Next(1, 200)];
        for (var i = 0; i < samples.Length; i++)
        {
            numbers[group][next[group] + i] = given;
            samples[i] = SimulatedStream.SampleOf(given++, random);
        }

        var payload = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(SampleType.Int32, MemoryMarshal.AsBytes<int>(samples), 1, payload);
        var block = new SpoolRecord(SpoolKind.Block, group, next[group], samples.Length, payload.WrittenMemory);
        if (!spool!.TryAppend(block))
        {
            Lost.UnionWith(SimulatedStream.Decode(payload.WrittenSpan));
            while (!spool.TryAppend(SpoolRecord.OfGap(group, block.First, block.End, SegmentThinner.OverflowGap))) { }
        }

        next[group] = block.End;
        outbox!.Signal();
    }

    private void WriteGap()
    {
        if (next[0] == next[1])
        {
            var end = next[0] + random.Next(1, 30);
            spool!.TryAppend(SpoolRecord.OfGap(SpoolRecord.AllGroups, next[0], end, Declared));
            Array.Fill(next, end);
            outbox!.Signal();
        }
    }

    private void WriteEvent()
    {
        var note = new V1.Annotation { Text = $"{given}", StartSample = next.Min() };
        var message = new V1.AppendAnnotations { Annotations = { note } }.ToByteArray();
        spool!.TryAppend(new(SpoolKind.Annotations, SpoolRecord.AllGroups, next.Min(), 0, message));
        outbox!.Signal();
    }

    /// <summary>As a link accepts an opened stream.</summary>
    private void Open()
    {
        Break();
        var known = state!.State.Epoch;
        stream.Epoch = known is null || isFirstCall ? stream.Epoch + 1 : known.Value;
        isFirstCall = false;
        var ends = stream.Ends;
        if (GatewayLink.IsDisplaced(known, outbox!.Durable, stream.Epoch, ends))
        {
            IsDisplaced = true;
            outbox.MoveBehind(stream.Epoch, ends);
        }
        else
        {
            state.Change(now => now with { Epoch = stream.Epoch });
        }

        outbox.CapacityBytes = random.Next(100, 5_000);
        outbox.Rewind(ends, maxBlockBytes: random.Next(3) == 0 ? random.Next(60, 400) : 1 << 20);
        isOpen = true;
    }

    private void Break()
    {
        // Some of what is on its way still comes to be stored.
        for (var left = random.Next(4); left > 0 && Store(); left--) { }
        wire.Clear();
        stored.Clear();
        outbox!.Release();
        isOpen = false;
    }

    private bool Send()
    {
        using var end = new CancellationTokenSource();
        V1.AppendRequest? sent = null;
        var taking = TakeAsync();
        if (sent is null)
        {
            end.Cancel();
            return taking.IsFaulted ? throw taking.Exception.InnerException! : false;
        }

        wire.Enqueue(sent);
        return true;

        // What is there to send comes at once.
        async Task TakeAsync() => sent = (await outbox!.NextAsync(end.Token))?.Request.Clone();
    }

    private bool Store()
    {
        if (!wire.TryDequeue(out var message))
        {
            return false;
        }

        stream.Take(message);
        stored.Enqueue(stream.Ends.Min());
        return true;
    }

    private bool Acknowledge()
    {
        if (stored.Count == 0)
        {
            return false;
        }

        var count = random.Next(1, stored.Count + 1);
        var through = 0L;
        for (var i = 0; i < count; i++)
        {
            through = stored.Dequeue();
        }

        outbox!.Acknowledge(count, through);
        return true;
    }

    private void NoteLost(int group, long first, long end)
    {
        for (var count = first; count < end; count++)
        {
            if (numbers[group].TryGetValue(count, out var number))
            {
                Lost.Add(number);
            }
        }
    }
}
