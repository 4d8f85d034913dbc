using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Versioning.Tests;

/// <summary>
/// One step of a random history. Numbers are taken modulo what exists, so that every shrunk history is valid.
/// </summary>
/// <remarks>Kinds: 0 to 4 write, 5 deletes, 6 forks at the head, 7 forks in the past.</remarks>
public readonly record struct HistoryStep(int Kind, int Branch, int Key, int Value)
{
    public static Arbitrary<HistoryStep[]> Histories { get; } = Arb.From(Steps.ArrayOf(40), ShrinkByHalvesAndSingles);

    private static Gen<HistoryStep> Steps =>
        from kind in Gen.Choose(0, 7)
        from branch in Gen.Choose(0, 9)
        from key in Gen.Choose(0, 9)
        from value in Gen.Choose(0, 9)
        select new HistoryStep(kind, branch, key, value);

    private static IEnumerable<HistoryStep[]> ShrinkByHalvesAndSingles(HistoryStep[] steps)
    {
        if (steps.Length > 1)
        {
            yield return steps[..(steps.Length / 2)];
            yield return steps[(steps.Length / 2)..];
        }

        for (var i = 0; i < steps.Length; i++)
        {
            yield return [.. steps[..i], .. steps[(i + 1)..]];
        }
    }
}
