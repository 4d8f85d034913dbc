using Dendrite.Versioning.Merging;
using FsCheck;
using FsCheck.Fluent;
using FsCheckConfig = FsCheck.Config;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>
/// Random histories run on the version-vector core and on a model that copies dictionaries. Both must agree on every
/// read at every version, every base, difference and conflict. <c>DENDRITE_HISTORIES=100000</c> runs a nightly's
/// number.
/// </summary>
public sealed class HistoryTests
{
    private const int Steps = 40;

    [Fact]
    public void Every_read_at_every_version_equals_that_of_copied_dictionaries() =>
        Prop.ForAll(HistoryStep.Histories(Steps), steps => History.Play(new CoreStore(CoreRules.Ours), steps))
            .Check(Config(HistoryCount.FromEnvironment("DENDRITE_HISTORIES", 5_000)));

    [Theory]
    [MemberData(nameof(BrokenRules))]
    public void Any_rule_that_is_broken_is_noticed(string name)
    {
        var rules = Broken[name];

        var failure = Assert.ThrowsAny<Exception>(() =>
            Prop.ForAll(HistoryStep.Histories(Steps), steps => History.Play(new CoreStore(rules), steps))
                .Check(Config(5_000))
        );

        // The counterexample is one that a person reads: the shrunk history, step by step.
        Assert.InRange(failure.ToString().Split("HistoryStep {").Length, 2, 80);
        Assert.Matches("(?m)^ *b[0-9]  ", failure.ToString());
    }

    public static TheoryData<string> BrokenRules => [.. Broken.Keys];

    private static readonly Dictionary<string, CoreRules> Broken = new()
    {
        ["a clip that leaves one version too many"] = new()
        {
            Clip = (snapshot, timeline, through) => snapshot.ClipTo(timeline, new(through.Value + 1)),
        },
        ["a clip that takes one version too many"] = new()
        {
            Clip = (snapshot, timeline, through) => snapshot.ClipTo(timeline, new(Math.Max(0, through.Value - 1))),
        },
        ["a maximum for the base"] = new() { Base = Snapshot.Union },
        ["a minimum for the union"] = new() { Union = Snapshot.Base },
        ["deletions that do not count"] = new() { Counts = row => row.Value is not null },
        ["nothing restated"] = new()
        {
            Write = (write, _) => write == MergeWrite.Restate ? MergeWrite.MarkWinner : write,
        },
        ["no winner marked"] = new()
        {
            Write = (write, _) => write == MergeWrite.MarkWinner ? MergeWrite.Nothing : write,
        },
        ["a choice that is not written"] = new() { Write = (_, unchosen) => unchosen },
        ["the newest row of a base that crosswise merges left"] = new() { CrosswiseBase = (newest, _) => newest },
        ["cells as young as their rows"] = new() { Ancestry = _ => null },
        ["a timeline absorbed that somebody sees in part"] = new() { MayAbsorb = _ => true },
    };

    private static FsCheckConfig Config(int count) =>
        FsCheckConfig
            .QuickThrowOnFailure.WithMaxTest(count)
            .WithReplay(new Replay(new Rnd(20_261_121UL, 4_711UL), null));
}
