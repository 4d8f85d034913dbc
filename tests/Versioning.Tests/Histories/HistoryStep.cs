using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Versioning.Tests.Histories;

/// <summary>What a step of a random history does.</summary>
public enum StepKind
{
    Write,
    Delete,
    ForkHead,
    ForkPast,
    Merge,

    /// <summary>Writes a key on two branches and merges both into two others, one of which writes it again.</summary>
    Cross,
    Reset,
    Tag,
    Revert,
    Pick,

    /// <summary>Deletes a branch that was merged, lets its timeline be absorbed, and collects garbage.</summary>
    Collect,
}

/// <summary>
/// One step. Numbers are taken modulo what exists when it runs, so that every shrunk history is valid.
/// </summary>
public readonly record struct HistoryStep(StepKind Kind, int Branch, int Other, int Key, int Value)
{
    /// <summary>How often each kind occurs: most steps write, or there is nothing to merge.</summary>
    private static readonly (int Weight, StepKind Kind)[] Weights =
    [
        (10, StepKind.Write),
        (3, StepKind.Delete),
        (3, StepKind.ForkHead),
        (2, StepKind.ForkPast),
        (7, StepKind.Merge),
        (2, StepKind.Cross),
        (1, StepKind.Reset),
        (1, StepKind.Tag),
        (1, StepKind.Revert),
        (1, StepKind.Pick),
        (1, StepKind.Collect),
    ];

    private static readonly Gen<HistoryStep> Steps =
        from kind in Gen.Frequency(Weights.Select(w => (w.Weight, Gen.Constant(w.Kind))))
        from branch in Gen.Choose(0, 5)
        from other in Gen.Choose(0, 11)
        from key in Gen.Choose(0, History.Keys - 1)
        from value in Gen.Choose(0, 26)
        select new HistoryStep(kind, branch, other, key, value);

    /// <summary>Histories of a fixed length, shrunk by dropping halves, then single steps.</summary>
    public static Arbitrary<HistoryStep[]> Histories(int length) =>
        Arb.From(Steps.ArrayOf(length), ShrinkByHalvesAndSingles);

    private static IEnumerable<HistoryStep[]> ShrinkByHalvesAndSingles(HistoryStep[] steps)
    {
        for (var size = steps.Length / 2; size > 0; size /= 2)
        {
            for (var start = 0; start < steps.Length; start += size)
            {
                yield return [.. steps[..start], .. steps[Math.Min(start + size, steps.Length)..]];
            }
        }
    }
}
