using Dendrite.Benchmarks.Measuring;

namespace Dendrite.Benchmarks.Comparison;

/// <summary>How large what is compared is.</summary>
internal sealed record ComparisonSize
{
    private const long Megabyte = 1_000_000;

    /// <summary>Records of the datasets, from small to large.</summary>
    public required IReadOnlyList<int> Records { get; init; }

    /// <summary>Records that differ.</summary>
    public required int Changes { get; init; }

    /// <summary>Rounds of a figure.</summary>
    public required int Rounds { get; init; }

    /// <summary>Calls in a round: at least 100 for a p99.</summary>
    public required int Calls { get; init; }

    /// <summary>Payload that both branches share.</summary>
    public required long SharedBytes { get; init; }

    /// <summary>Blocks in which the branches differ.</summary>
    public required int DifferingBlocks { get; init; }

    public static ComparisonSize For(Extent extent)
    {
        var normal = new ComparisonSize
        {
            Records = [10_000, 100_000, 1_000_000],
            Changes = 100,
            Rounds = 5,
            Calls = 200,
            SharedBytes = 500 * Megabyte,
            DifferingBlocks = ComparedRecordings.BlocksOfMinute,
        };
        return extent switch
        {
            Extent.Tiny => new()
            {
                Records = [100, 1_000],
                Changes = 5,
                Rounds = 1,
                Calls = 3,
                SharedBytes = Megabyte,
                DifferingBlocks = 2,
            },
            Extent.Full => normal with { SharedBytes = 10_000 * Megabyte },
            _ => normal,
        };
    }
}
