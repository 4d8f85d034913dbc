using System.Globalization;

namespace Dendrite.Storage.Branches;

/// <summary>A branch's number in the database; it stays when the branch is renamed.</summary>
public readonly record struct BranchId(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
