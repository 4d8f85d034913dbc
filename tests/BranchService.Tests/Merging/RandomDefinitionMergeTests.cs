using Dendrite.Records.Cells;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>
/// Two sides do at random to a dataset what can be done to one: write and delete records, widen, describe, add and drop
/// columns, delete it. Whatever comes together, a merge shows what both did or is refused, its conflicts can be decided
/// for either side, and what it shows can be read. A seed repeats its case.
/// </summary>
public sealed class RandomDefinitionMergeTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private const int MaxSteps = 5;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 30)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_merge_shows_what_both_sides_did_to_a_dataset_or_says_what_is_in_the_way(int seed)
    {
        var random = new Random(seed);
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var atBase = new RandomLab();
        await trial.MakeAsync("target", RandomLab.Dataset, atBase.Definition);
        await trial.PutCellsAsync(
            "target",
            RandomLab.Dataset,
            atBase.Definition,
            CellValue.OfText("k0"),
            CellValue.OfInteger(1)
        );
        atBase.Records["k0"] = "1";
        await MergeAsync(new() { Source = trial.Pair.Target, Target = trial.Pair.Source }, MergeStrategy.Fail);
        var (source, target) = (atBase.Copy(firstColumn: 20), atBase.Copy(firstColumn: 40));
        await WalkAsync(trial, "source", source, random);
        await WalkAsync(trial, "target", target, random);
        var copies = new[] { MergeStrategy.Fail, MergeStrategy.TakeSource, MergeStrategy.TakeTarget };
        foreach (var strategy in copies)
        {
            var copy = trial.Branch($"{strategy}".ToLowerInvariant());
            await fixture.CreateAsync(copy.Split('/')[^1], new() { Branch = trial.Branch("target") });
        }

        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        foreach (var strategy in copies)
        {
            var side = $"{strategy}".ToLowerInvariant();
            var pair = new MergePair { Source = trial.Pair.Source, Target = trial.Branch(side) };
            if (await IsMergedAsync(pair, strategy, preview))
            {
                await CheckAsync(trial, side, strategy, (atBase, source, target));
            }
        }
    }

    private static async Task WalkAsync(Trial trial, string side, RandomLab lab, Random random)
    {
        for (var step = random.Next(MaxSteps + 1); step > 0; step--)
        {
            await lab.StepAsync(trial, side, random);
        }
    }

    /// <summary>Refused are conflicts that nobody decided and, by name, what does not hold together.</summary>
    private async Task<bool> IsMergedAsync(MergePair pair, MergeStrategy strategy, PreviewMergeResponse preview)
    {
        try
        {
            await MergeAsync(pair, strategy);
            Assert.True(strategy != MergeStrategy.Fail || preview.Conflicts.Count == 0);
            return true;
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.Aborted)
        {
            Assert.True(strategy == MergeStrategy.Fail && preview.Conflicts.Count > 0, refused.Status.Detail);
            return false;
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.FailedPrecondition)
        {
            Assert.Contains("was widened to", refused.Status.Detail, StringComparison.Ordinal);
            return false;
        }
    }

    private async Task CheckAsync(
        Trial trial,
        string side,
        MergeStrategy strategy,
        (RandomLab Base, RandomLab Source, RandomLab Target) labs
    )
    {
        var (atBase, source, target) = labs;
        var found = await trial.FindDatasetAsync(side, RandomLab.Dataset);
        if (source.IsDeleted || target.IsDeleted)
        {
            var left = source.IsDeleted ? target : source;
            var taken = strategy == MergeStrategy.TakeSource ? source : target;
            var isGone = left.IsDeleted || strategy == MergeStrategy.Fail || left.IsSameAs(atBase) || taken.IsDeleted;
            Assert.Equal(isGone, found is null);
            Assert.True(strategy != MergeStrategy.Fail || left.IsDeleted || left.IsSameAs(atBase));
            if (!isGone)
            {
                await ReadAsync(trial, side, left.Records);
            }

            return;
        }

        Assert.NotNull(found);
        var ids = source.Records.Keys.Union(target.Records.Keys).Union(atBase.Records.Keys);
        var merged = ids.Select(id => (Id: id, Value: Merge(id))).Where(record => record.Value is not null);
        await ReadAsync(trial, side, merged.ToDictionary(record => record.Id, record => record.Value!));

        string? Merge(string id)
        {
            var (b, s, t) = (Of(atBase), Of(source), Of(target));
            return s == b ? t
                : t == b || s == t ? s
                : strategy == MergeStrategy.TakeSource ? s
                : t;

            string? Of(RandomLab lab) => lab.Records.GetValueOrDefault(id);
        }
    }

    /// <summary>What the branch has is read as it is defined there, and so is its history.</summary>
    private async Task ReadAsync(Trial trial, string side, Dictionary<string, string> expected)
    {
        var definition = await trial.DefinitionAsync(side, RandomLab.Dataset);
        var shown = await trial.RecordsAsync(side, RandomLab.Dataset, definition);
        var values = definition.Find(2) is null
            ? expected.Keys.Order(StringComparer.Ordinal)
            : expected.Select(record => $"{record.Key} {record.Value}").Order(StringComparer.Ordinal);
        var columns = definition.Find(2) is null ? 1 : 2;
        Assert.Equal(values, shown.Select(record => string.Join(' ', record.Split(' ').Take(columns))));
        foreach (var id in expected.Keys)
        {
            var name = $"{trial.Branch(side)}/datasets/{RandomLab.Dataset}/records/{id}";
            await fixture.History.ListRecordVersionsAsync(new() { Name = name }, fixture.Lab);
        }
    }

    private async Task MergeAsync(MergePair pair, MergeStrategy strategy) =>
        await fixture.Merges.MergeBranchAsync(
            new()
            {
                Pair = pair,
                Policy = new() { Strategy = strategy },
            },
            fixture.Lab
        );
}
