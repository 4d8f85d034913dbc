using System.Diagnostics.CodeAnalysis;

namespace Dendrite.Versioning.Merging;

/// <summary>What the merge must know of the values of cells. Equality is that of the data, not of its form.</summary>
/// <remarks>The Try methods answer false where the values have no such operation; that is not an error.</remarks>
public interface ICellRules<TValue> : IEqualityComparer<TValue>
{
    /// <summary>The order of two values: below, at or above zero.</summary>
    bool TryCompare(TValue left, TValue right, out int order);

    /// <summary><c>source + target - base</c>; a cell that is not there counts as zero.</summary>
    bool TrySumDeltas(Cell<TValue> atBase, Cell<TValue> source, Cell<TValue> target, out Cell<TValue> sum);

    /// <summary>The elements of the target, then those that only the source has.</summary>
    bool TryUnite(TValue source, TValue target, [MaybeNullWhen(false)] out TValue union);

    /// <summary>A text that two values share exactly when they are equal: what conflict ids are made of.</summary>
    string ToCanonicalText(TValue value);
}
