using Dendrite.Benchmarks.Measuring;

namespace Dendrite.Benchmarks.Branching;

/// <summary>How large the cases are.</summary>
internal sealed record BranchingSize
{
    private const long Megabyte = 1_000_000;

    /// <summary>Sizes of main at which branches are made, in bytes, growing.</summary>
    public required IReadOnlyList<long> DataBytes { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Branches made in each round.</summary>
    public required int Forks { get; init; }

    /// <summary>Experiments merged into main and purged.</summary>
    public required int MergedExperiments { get; init; }

    /// <summary>Branches that the project has while clients make more.</summary>
    public required int Branches { get; init; }

    public required int Clients { get; init; }

    /// <summary>Branches made by each client in each round.</summary>
    public required int ForksOfClient { get; init; }

    /// <summary>Sizes of the experiments that are merged, in bytes.</summary>
    public required IReadOnlyList<long> MergedBytes { get; init; }

    /// <summary>Rounds of what takes seconds.</summary>
    public required int LongRounds { get; init; }

    /// <summary>Records of the dataset in main.</summary>
    public required int Records { get; init; }

    /// <summary>Records of a small dataset, to hold beside.</summary>
    public required int FewRecords { get; init; }

    /// <summary>Branches that each wrote <see cref="RecordsOfBranch"/> of them again.</summary>
    public required int OtherBranches { get; init; }

    public required int RecordsOfBranch { get; init; }

    /// <summary>Records that each of two compared branches wrote.</summary>
    public required int DifferingRecords { get; init; }

    /// <summary>Records of a table that is loaded.</summary>
    public required int LoadedRecords { get; init; }

    /// <summary>Clients that write records at once.</summary>
    public required int WritingClients { get; init; }

    /// <summary>About the time of one measured turn.</summary>
    public required TimeSpan Round { get; init; }

    public static BranchingSize For(Extent extent)
    {
        var normal = new BranchingSize
        {
            DataBytes = [Megabyte, 100 * Megabyte, 1_000 * Megabyte],
            Rounds = 5,
            Forks = 200,
            MergedExperiments = 10_000,
            Branches = 100_000,
            Clients = 256,
            ForksOfClient = 20,
            MergedBytes = [Megabyte, 100 * Megabyte],
            LongRounds = 3,
            Records = 1_000_000,
            FewRecords = 10_000,
            OtherBranches = 100,
            RecordsOfBranch = 2_000,
            DifferingRecords = 100,
            LoadedRecords = 100_000,
            WritingClients = 100,
            Round = TimeSpan.FromSeconds(0.3),
        };
        return extent switch
        {
            Extent.Tiny => new()
            {
                DataBytes = [Megabyte],
                Rounds = 1,
                Forks = 3,
                MergedExperiments = 3,
                Branches = 10,
                Clients = 4,
                ForksOfClient = 2,
                MergedBytes = [Megabyte],
                LongRounds = 1,
                Records = 1_000,
                FewRecords = 100,
                OtherBranches = 2,
                RecordsOfBranch = 10,
                DifferingRecords = 5,
                LoadedRecords = 1_000,
                WritingClients = 4,
                Round = TimeSpan.Zero,
            },
            Extent.Full => normal with
            {
                DataBytes = [.. normal.DataBytes, 10_000 * Megabyte],
                MergedBytes = [.. normal.MergedBytes, 1_000 * Megabyte, 10_000 * Megabyte],
            },
            _ => normal,
        };
    }
}
