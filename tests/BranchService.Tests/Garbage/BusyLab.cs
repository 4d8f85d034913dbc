using System.Collections.Concurrent;
using Dendrite.BranchService.Tests.Merging;
using Dendrite.BranchService.Tests.Signals;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using SnapshotPoint = Dendrite.Storage.Snapshots.SnapshotPoint;

namespace Dendrite.BranchService.Tests.Garbage;

/// <summary>
/// Many experiments at once: each forks, writes a record and samples of its own, is merged or dropped, tagged or not,
/// and is deleted for good at once. What the target must show at each version follows from the merges that were done.
/// </summary>
internal sealed class BusyLab(SignalLab lab, Trial trial, string word)
{
    private const int SamplesOfRound = 10;

    /// <summary>Every merge: its version, the record that it brought, and how far its stream reached.</summary>
    private readonly ConcurrentDictionary<long, (string Record, string Stream, int Samples)> merges = [];

    /// <summary>Tags, with the version of the target that each shows.</summary>
    private readonly ConcurrentDictionary<string, long> tags = [];

    public string Target => $"{word}-target";

    public IReadOnlyCollection<long> Versions => [.. merges.Keys.Order()];

    /// <summary>How often a call had to be tried again.</summary>
    public int Retries => retries;

    private int retries;

    public async Task ExperimentAsync(int worker, int rounds, Random random)
    {
        for (var round = 0; round < rounds; round++)
        {
            var side = $"w{worker}-{round}";
            var record = $"r{worker:00}{round:00}";
            await ForkAsync($"{word}-{side}", new() { Branch = SignalLab.Branch(Target) });
            await trial.PutAsync(side, (record, round, "first", record));
            await trial.PutAsync(side, (record, round, "active", record));
            await lab.AppendAsync($"{word}-{side}", merged[worker], SamplesOfRound, stream: $"s{worker}");
            if (random.Next(4) > 0)
            {
                await MergeAsync(worker, side, record);
            }

            if (random.Next(3) == 0)
            {
                await ReadPastForkAsync($"{word}-p{worker}-{round}", random);
            }

            await DeleteForGoodAsync($"{word}-{side}");
        }
    }

    /// <summary>How far each worker's stream reaches in the target; each worker touches its own.</summary>
    private readonly int[] merged = new int[16];

    /// <summary>What the target shows at a version, of the merges that are known by now.</summary>
    public async Task CheckAsync(long version, bool isQuiet)
    {
        var known = merges.ToDictionary();
        var seen = await trial.SubjectsAsync("target", SnapshotPoint.At(new Versioning.CommitVersion(version)));
        Check(known, version, seen, isQuiet);
        var point = new V1.SnapshotPoint { Version = version };
        var listed = await TryAsync(() =>
            lab.Query.ListStreamsAsync(new() { Parent = SignalLab.Branch(Target), At = point }, lab.Lab.Lab)
        );
        foreach (var stream in known.Where(merge => merge.Key <= version).GroupBy(merge => merge.Value.Stream))
        {
            var expected = stream.Max(merge => merge.Value.Samples);
            var found = listed.Streams.Single(found => found.Name.EndsWith($"/{stream.Key}", StringComparison.Ordinal));
            Assert.True(found.EndSample >= expected, $"{stream.Key} reaches {found.EndSample}, not {expected}");
        }
    }

    /// <summary>Every tag still shows what it showed.</summary>
    public async Task CheckTagsAsync()
    {
        foreach (var (tag, version) in tags)
        {
            Check(
                merges.ToDictionary(),
                version,
                await trial.SubjectsAsync("target", SnapshotPoint.AtTagged(tag)),
                true
            );
        }
    }

    private async Task MergeAsync(int worker, string side, string record)
    {
        var request = new MergeBranchRequest
        {
            Pair = new() { Source = SignalLab.Branch($"{word}-{side}"), Target = SignalLab.Branch(Target) },
            RequestId = $"{Guid.CreateVersion7()}",
        };
        var done = await TryAsync(() => lab.Lab.Merges.MergeBranchAsync(request, lab.Lab.Lab));
        merged[worker] += SamplesOfRound;
        var version = done.Merge.Commit.Version;
        merges[version] = (record, $"s{worker}", merged[worker]);
        if (version % 3 == 0)
        {
            var source = new SnapshotReference
            {
                Branch = SignalLab.Branch(Target),
                Point = new() { Version = version },
            };
            var tag = $"{word}-t{version}";
            await TryAsync(() =>
                lab.Lab.Tags.CreateTagAsync(
                    new()
                    {
                        Parent = "projects/lab",
                        TagId = tag,
                        Source = source,
                        RequestId = $"{Guid.CreateVersion7()}",
                    },
                    lab.Lab.Lab
                )
            );
            tags[tag] = version;
        }
    }

    /// <summary>A fork of a past state shows that state, whatever was removed since.</summary>
    private async Task ReadPastForkAsync(string branch, Random random)
    {
        var versions = Versions;
        if (versions.Count == 0)
        {
            return;
        }

        var version = versions.ElementAt(random.Next(versions.Count));
        await ForkAsync(
            branch,
            new()
            {
                Branch = SignalLab.Branch(Target),
                Point = new() { Version = version },
            }
        );
        Check(merges.ToDictionary(), version, await trial.SubjectsAsync(branch[(word.Length + 1)..]), isQuiet: false);
        await DeleteForGoodAsync(branch);
    }

    private static void Check(
        Dictionary<long, (string Record, string Stream, int Samples)> known,
        long version,
        IReadOnlyList<string> seen,
        bool isQuiet
    )
    {
        var expected = known
            .Where(merge => merge.Key <= version)
            .Select(merge => $"{merge.Value.Record} {int.Parse(merge.Value.Record[3..])} active {merge.Value.Record}")
            .Append("s1 40 placebo c1")
            .Append("s2 50 active c2")
            .Order(StringComparer.Ordinal)
            .ToList();
        if (isQuiet)
        {
            Assert.Equal(expected, seen);
            return;
        }

        // A merge may have been done and not be known yet; what is known must be there, and nothing from the future.
        Assert.Empty(expected.Except(seen));
        var later = known.Where(merge => merge.Key > version).Select(merge => merge.Value.Record);
        Assert.Empty(later.Where(record => seen.Any(row => row.StartsWith(record, StringComparison.Ordinal))));
    }

    private Task ForkAsync(string branch, SnapshotReference source) =>
        TryAsync(() =>
            lab.Lab.Branches.CreateBranchAsync(
                new()
                {
                    Parent = "projects/lab",
                    BranchId = branch,
                    Source = source,
                },
                lab.Lab.Lab
            )
        );

    private async Task DeleteForGoodAsync(string branch)
    {
        await TryAsync(() =>
            lab.Lab.Branches.DeleteBranchAsync(new() { Name = SignalLab.Branch(branch) }, lab.Lab.Lab)
        );
        await lab.Lab.AsOwnerAsync(
            $"UPDATE branching.branch SET purge_time = statement_timestamp() WHERE name = '{branch}'"
        );
    }

    /// <summary>Tries again what says that it may be tried again; anything else fails the test.</summary>
    private async Task<T> TryAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (RpcException failure)
                when (attempt < 20 && ErrorStatus.FromRpcException(failure)?.Reason == ErrorReason.Unavailable)
            {
                Interlocked.Increment(ref retries);
            }
        }
    }
}
