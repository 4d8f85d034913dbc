using Dendrite.V1;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Two branches that take in the same two others, f and g, each in merges of its own.</summary>
internal static class Crossing
{
    /// <summary>Branches f and g of the target as well.</summary>
    public static async Task<Trial> CreateAsync(BranchServiceFixture fixture)
    {
        var word = fixture.NextWord();
        var trial = await Trial.CreateAsync(fixture, word);
        foreach (var side in new[] { "f", "g" })
        {
            await fixture.CreateAsync($"{word}-{side}", new() { Branch = trial.Branch("target") });
        }

        return trial;
    }

    public static Task CrossAsync(
        this BranchServiceFixture fixture,
        Trial trial,
        MergeStrategy ofSource = MergeStrategy.Fail,
        MergeStrategy ofTarget = MergeStrategy.Fail
    ) => fixture.CrossAsync(trial, new MergePolicy { Strategy = ofSource }, new MergePolicy { Strategy = ofTarget });

    /// <param name="ofSource">How the source takes in g, behind f.</param>
    public static async Task CrossAsync(
        this BranchServiceFixture fixture,
        Trial trial,
        MergePolicy ofSource,
        MergePolicy ofTarget
    )
    {
        foreach (var (side, policy) in new[] { ("source", ofSource), ("target", ofTarget) })
        {
            await fixture.MergeAsync(trial, "f", side);
            await fixture.MergeAsync(trial, "g", side, policy);
        }
    }

    public static Task<MergeBranchResponse> MergeAsync(
        this BranchServiceFixture fixture,
        Trial trial,
        string source,
        string target,
        MergeStrategy strategy = MergeStrategy.Fail
    ) => fixture.MergeAsync(trial, source, target, new MergePolicy { Strategy = strategy });

    public static async Task<MergeBranchResponse> MergeAsync(
        this BranchServiceFixture fixture,
        Trial trial,
        string source,
        string target,
        MergePolicy policy
    ) =>
        await fixture.Merges.MergeBranchAsync(
            new()
            {
                Pair = new() { Source = trial.Branch(source), Target = trial.Branch(target) },
                Policy = policy,
            },
            fixture.Lab
        );
}
