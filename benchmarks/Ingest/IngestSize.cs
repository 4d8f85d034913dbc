using Dendrite.Benchmarks.Measuring;

namespace Dendrite.Benchmarks.Ingest;

/// <summary>How large the cases are.</summary>
internal sealed record IngestSize
{
    /// <summary>Of the array: 1,024 as of the largest brain-computer interfaces of today.</summary>
    public required int Channels { get; init; }

    /// <summary>Samples of each of its channels in a block.</summary>
    public required int SamplesPerBlock { get; init; }

    /// <summary>How many gateways write at once, beside one; and on how many branches.</summary>
    public required IReadOnlyList<(int Gateways, int Branches)> Many { get; init; }

    /// <summary>Gateways of a hospital.</summary>
    public required int HospitalGateways { get; init; }

    /// <summary>Blocks that are written before anything is measured: until then the runtime compiles.</summary>
    public required int WarmUpBlocks { get; init; }

    /// <summary>Turns of ours and of the baseline.</summary>
    public required Contest Contest { get; init; }

    /// <summary>Runs at a device's pace: how many of each, and how long.</summary>
    public required int PacedRounds { get; init; }

    public required TimeSpan PacedRound { get; init; }

    /// <summary>Blocks between two looks at the memory.</summary>
    public required int MemoryBlocks { get; init; }

    /// <summary>Looks at the memory.</summary>
    public required int MemoryLooks { get; init; }

    public static IngestSize For(Extent extent)
    {
        var normal = new IngestSize
        {
            Channels = 1_024,
            SamplesPerBlock = 512,
            Many = [(10, 10), (100, 100), (100, 1)],
            HospitalGateways = 200,
            WarmUpBlocks = 600,
            Contest = new(Rounds: 4, TimeSpan.FromSeconds(1), WarmUp: TimeSpan.FromSeconds(1)),
            PacedRounds = 3,
            PacedRound = TimeSpan.FromSeconds(2.5),
            MemoryBlocks = 400,
            MemoryLooks = 8,
        };
        return extent switch
        {
            Extent.Tiny => normal with
            {
                Channels = 64,
                SamplesPerBlock = 64,
                Many = [(3, 3), (3, 1)],
                HospitalGateways = 5,
                WarmUpBlocks = 1,
                Contest = new(Rounds: 1, TimeSpan.Zero, TimeSpan.Zero) { FewestOperations = 4 },
                PacedRounds = 1,
                PacedRound = TimeSpan.FromSeconds(0.3),
                MemoryBlocks = 4,
                MemoryLooks = 2,
            },
            Extent.Full => normal with { MemoryLooks = 60 },
            _ => normal,
        };
    }
}
