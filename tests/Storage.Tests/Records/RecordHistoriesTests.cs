using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tests.Records;

/// <summary>Random histories against a model that copies a dictionary at each fork and each version.</summary>
public sealed class RecordHistoriesTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const int Steps = 60;
    private const int Keys = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Every_scan_page_and_point_read_at_every_version_is_that_of_copied_dictionaries(int seed)
    {
        var random = new Random(seed);
        var lab = await RecordLab.CreateAsync(database, $"histories-{seed}");
        await lab.Lab.ForkAsync("b0");
        List<Branch> branches = [new("b0", [])];

        for (var step = 0; step < Steps; step++)
        {
            var branch = branches[random.Next(branches.Count)];
            switch (random.Next(10))
            {
                case < 6:
                    await WriteAsync(lab, branch, random);
                    break;
                case < 8 when branches.Count < 8:
                    branches.Add(await ForkAsync(lab, branch, branches.Count, random));
                    break;
                default:
                    await MergeAsync(lab, branch, branches[random.Next(branches.Count)]);
                    break;
            }
        }

        foreach (var branch in branches)
        {
            await AssertAllReadsAsync(lab, branch);
        }
    }

    private static async Task WriteAsync(RecordLab lab, Branch branch, Random random)
    {
        var state = new SortedDictionary<string, string>(branch.Now, StringComparer.Ordinal);
        var changes = Enumerable
            .Range(0, Keys)
            .Where(_ => random.Next(3) == 0)
            .Select(key =>
            {
                if (random.Next(3) == 0)
                {
                    state.Remove($"k{key}");
                    return lab.Delete($"k{key}");
                }

                var value = $"{random.Next(1000)}";
                state[$"k{key}"] = value;
                return lab.Put($"k{key}", value);
            })
            .ToArray();
        var receipt = await lab.CommitAsync(branch.Name, changes);
        branch.States.Add((receipt.Version, state));
    }

    private static async Task<Branch> ForkAsync(RecordLab lab, Branch parent, int number, Random random)
    {
        var name = $"b{number}";
        if (parent.States.Count == 0 || random.Next(2) == 0)
        {
            await lab.Lab.ForkAsync(name, parent.Name);
            return new(name, [.. parent.States]);
        }

        var past = random.Next(parent.States.Count);
        await lab.Lab.ForkAsync(name, parent.Name, SnapshotPoint.At(parent.States[past].Version));
        return new(name, [.. parent.States.Take(past + 1)]);
    }

    /// <summary>
    /// The merge rule in full, with the source's side taken where both changed: the union of the vectors, and a row
    /// wherever the union's winner is not the result.
    /// </summary>
    private static async Task MergeAsync(RecordLab lab, Branch target, Branch source)
    {
        var (sourceHead, targetHead) = (await lab.HeadAsync(source.Name), await lab.HeadAsync(target.Name));
        var view = DivergedView.Of(lab.Lab.Project, sourceHead.Snapshot, targetHead.Snapshot);
        if (view.Base.Equals(view.Source))
        {
            return;
        }

        var diverged = await new DivergedRecords(lab.Database).ListAsync(view, 0, null, 1000, Token);
        var union = Snapshot.Union(view.Source, view.Target);
        var winners = await lab.Reader.GetAsync(
            new(lab.Lab.Project, union),
            lab.Dataset,
            [.. diverged.Select(record => record.Key)],
            Token
        );
        var state = new SortedDictionary<string, string>(target.Now, StringComparer.Ordinal);
        List<RecordChange> changes = [];
        for (var i = 0; i < diverged.Count; i++)
        {
            var result = Cell(diverged[i].Source) == Cell(diverged[i].Base) ? diverged[i].Target : diverged[i].Source;
            var key = RecordLab.Text(diverged[i].Key);
            _ = Cell(result) is { } value ? (state[key] = value) is null : state.Remove(key);
            if (Cell(winners[i]) != Cell(result))
            {
                changes.Add(new(lab.Dataset, diverged[i].Key, result?.Document));
            }
        }

        var receipt = await TestMerge.CommitAsync(lab, targetHead, (view, union), changes);
        target.States.Add((receipt.Version, state));
    }

    private static async Task AssertAllReadsAsync(RecordLab lab, Branch branch)
    {
        foreach (var (version, expected) in branch.States)
        {
            var view = await lab.ViewAsync(branch.Name, SnapshotPoint.At(version));
            var scanned = await lab.ScanAsync(view);
            Assert.Equal(expected, scanned.ToDictionary(pair => pair.Key, pair => pair.Value.Split('"')[3]));

            var keys = Enumerable.Range(0, Keys).Select(key => RecordLab.Key($"k{key}")).ToArray();
            var found = await lab.Reader.GetAsync(view, lab.Dataset, keys, Token);
            Assert.Equal(
                scanned,
                found
                    .Where(record => record is { IsDeleted: false })
                    .ToDictionary(r => RecordLab.Text(r!.Key), r => RecordLab.Text(r!.Document!.Value))
            );
            var query = new RecordQuery(lab.Dataset) { Keys = new(RecordLab.Key("k2"), RecordLab.Key("k7")) };
            var (page, _, _) = await lab.Reader.ListAsync(view, query, 3, Token);
            var inRange = expected.Keys.Where(key => string.CompareOrdinal(key, "k2") >= 0);
            Assert.Equal(
                inRange.Where(key => string.CompareOrdinal(key, "k7") < 0).Take(3),
                page.Select(record => RecordLab.Text(record.Key))
            );
            Assert.Equal(expected.Count, await lab.Reader.CountAsync(view, new(lab.Dataset), Token));
        }
    }

    private static string? Cell(StoredRecord? record) =>
        record?.Document is { } document ? RecordLab.Text(document).Split('"')[3] : null;

    private sealed record Branch(
        string Name,
        List<(CommitVersion Version, SortedDictionary<string, string> State)> States
    )
    {
        public SortedDictionary<string, string> Now => States.Count == 0 ? [] : States[^1].State;
    }
}
