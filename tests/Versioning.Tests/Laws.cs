using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Versioning.Tests;

/// <summary>
/// Runs laws from a fixed seed, so that a failure replays; the message names the shrunk counterexample.
/// </summary>
internal static class Laws
{
    private static readonly Config Config = Config
        .QuickThrowOnFailure.WithMaxTest(2_000)
        .WithReplay(new Replay(new Rnd(20_261_121UL, 4_711UL), null));

    /// <summary>Vectors over five timelines with versions to six: small enough that entries meet.</summary>
    public static Arbitrary<Snapshot> Snapshots { get; } =
        Gen.Choose(0, 6).Select(version => (long)version).ArrayOf(5).ToArbitrary().Convert(FromVersions, ToVersions);

    public static void Hold(Func<Snapshot, bool> law) => Prop.ForAll(Snapshots, law).Check(Config);

    public static void Hold(Func<Snapshot, Snapshot, bool> law) => Prop.ForAll(Snapshots, Snapshots, law).Check(Config);

    public static void Hold(Func<Snapshot, Snapshot, Snapshot, bool> law) =>
        Prop.ForAll(Snapshots, Snapshots, Snapshots, law).Check(Config);

    public static void Hold<T>(Arbitrary<T> values, Action<T> law) => Prop.ForAll(values, law).Check(Config);

    private static Snapshot FromVersions(long[] versions) =>
        Snapshot.Of(versions.Select((version, i) => new SnapshotEntry(new(i + 1), new(version))));

    private static long[] ToVersions(Snapshot snapshot) =>
        [.. Enumerable.Range(1, 5).Select(timeline => snapshot[new(timeline)].Value)];
}
