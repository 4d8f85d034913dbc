using System.Text.Json.Nodes;
using Dendrite.Storage;
using Dendrite.Storage.Garbage;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests.Records;

/// <summary>
/// Random histories of branches, each compared with each: what the service finds from the rows beyond the base is
/// what
/// comparing all records of both sides finds. A seed repeats its history.
/// </summary>
public sealed class RandomHistoryTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private const int Steps = 40;
    private const int Keys = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task What_is_found_is_what_comparing_all_records_finds_and_the_patch_makes_the_other_side(int seed)
    {
        var random = new Random(seed);
        var bench = new RecordBench(lab, $"r{seed}");
        await bench.StartAsync([.. Enumerable.Range(0, Keys / 2).Select(i => ($"k{i}", (int?)i, (string?)"x"))]);
        List<string> live = ["a", "b"];
        for (var step = 0; step < Steps; step++)
        {
            await StepAsync(bench, random, live, step);
        }

        await AbsorbAsync();
        var differences = 0;
        foreach (var from in live)
        {
            foreach (var to in live)
            {
                differences += await CompareAsync(bench, from, to);
            }
        }

        // A history in which nothing came to differ would prove nothing.
        Assert.InRange(differences, live.Count, int.MaxValue);
    }

    private async Task StepAsync(RecordBench bench, Random random, List<string> live, int step)
    {
        var branch = live[random.Next(live.Count)];
        switch (random.Next(12))
        {
            case 0 when live.Count < 5:
                live.Add($"f{step}");
                await bench.ForkAsync($"f{step}", branch);
                break;
            case 1 or 2:
                await MergeAsync(bench, live[random.Next(live.Count)], branch);
                break;
            case 3 when live.Count > 2 && branch is not ("a" or "b"):
                // Merged and gone: its timeline may be absorbed.
                if (await MergeAsync(bench, branch, "a"))
                {
                    live.Remove(branch);
                    await lab.Branches.DeleteBranchAsync(new() { Name = bench.Branch(branch) }, lab.Key);
                }

                break;
            case 4:
                await TryAsync(() => bench.ChangeAsync(branch, ColumnChange(random, step)));
                break;
            case 5 when random.Next(4) == 0:
                await TryAsync(() => bench.DeleteDatasetAsync(branch));
                await TryAsync(() => bench.CreateDatasetAsync(branch));
                break;
            case < 9:
                await TryAsync(() => bench.PutAgeAsync(branch, $"k{random.Next(Keys)}", random.Next(3)));
                break;
            default:
                await TryAsync(() => bench.DeleteAsync(branch, $"k{random.Next(Keys)}"));
                break;
        }
    }

    private static SchemaChange ColumnChange(Random random, int step) =>
        random.Next(4) switch
        {
            0 => new()
            {
                RenameColumn = new() { From = "arm", To = $"arm{step}" },
            },
            1 => new() { DropColumn = "arm" },
            2 => new()
            {
                AlterColumn = new() { Column_ = "age", Type = ColumnType.Decimal },
            },
            _ => new()
            {
                AddColumn = new()
                {
                    Column_ = $"c{step}",
                    Type = ColumnType.Text,
                    DefaultValue = Google.Protobuf.WellKnownTypes.Value.ForString("d"),
                },
            },
        };

    private async Task<int> CompareAsync(RecordBench bench, string from, string to)
    {
        var comparand = bench.Between(from, to);
        var old = await BranchDocument.ReadAsync(lab, bench.Branch(from));
        var current = await BranchDocument.ReadAsync(lab, bench.Branch(to));
        var found = await bench.ListAsync(comparand, pageSize: 3);
        var counts = (await bench.DiffAsync(comparand)).Counts;

        var (gone, made) = (Ids(old).Except(Ids(current)), Ids(current).Except(Ids(old)));
        Assert.Equal(gone.Order(), IdsOf(found, DiffSide.OnlyFrom));
        Assert.Equal(made.Order(), IdsOf(found, DiffSide.OnlyTo));
        Assert.Equal(
            (gone.Count(), made.Count(), found.Count(change => change.Side == DiffSide.Changed)),
            (counts.RecordsOnlyFrom, counts.RecordsOnlyTo, counts.RecordsChanged)
        );
        if (HaveOneSchema(old, current))
        {
            var changed = Ids(old)
                .Intersect(Ids(current))
                .Where(id => !JsonNode.DeepEquals(Of(old, id), Of(current, id)));
            Assert.Equal(changed.Order(), IdsOf(found, DiffSide.Changed));
        }

        var patch = await BranchDocument.ExportAsync(lab, comparand, DiffFormat.JsonPatch);
        BranchDocument.Apply(old, JsonNode.Parse(patch)!.AsArray());
        Assert.True(JsonNode.DeepEquals(current, old), $"{from} to {to}: {patch}\n{current}\n{old}");
        return found.Count;
    }

    private static bool HaveOneSchema(JsonObject from, JsonObject to) =>
        from.Count == to.Count
        && from.All(dataset => JsonNode.DeepEquals(dataset.Value!["columns"], to[dataset.Key]?["columns"]));

    private static IEnumerable<(string Dataset, string Record)> Ids(JsonObject document) =>
        document.SelectMany(dataset =>
            dataset.Value!["records"]!.AsObject().Select(record => (dataset.Key, record.Key))
        );

    private static JsonNode? Of(JsonObject document, (string Dataset, string Record) id) =>
        document[id.Dataset]!["records"]![id.Record];

    private static IEnumerable<(string, string)> IdsOf(IEnumerable<RecordDifference> found, DiffSide side) =>
        found.Where(change => change.Side == side).Select(change => (change.DatasetId, change.RecordId)).Order();

    private static async Task<bool> MergeAsync(RecordBench bench, string source, string target) =>
        source != target && await TryAsync(() => bench.MergeAsync(source, target));

    /// <summary>Whether it was done: what a random history asks for may be refused.</summary>
    private static async Task<bool> TryAsync(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (RpcException refused) when (refused.StatusCode is not (StatusCode.Internal or StatusCode.Unknown))
        {
            return false;
        }
    }

    private async Task AbsorbAsync()
    {
        // What a deleted branch keeps for its owner's regret is over at once.
        await using (
            var forget = lab.Database.Owner.CreateCommand(
                "UPDATE branching.branch SET purge_time = delete_time WHERE delete_time IS NOT NULL"
            )
        )
        {
            await forget.ExecuteNonQueryAsync(Token);
        }

        var store = new GarbageStore(new PlatformDatabase(lab.Database.Scheduler));
        await store.PurgeAsync(lab.Project, 100, "tests", Token);
        await store.AbsorbAsync(lab.Project, default, 1_000, Token);
    }
}
