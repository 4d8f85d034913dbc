using System.Globalization;

namespace Dendrite.Storage.Records;

/// <summary>
/// A dataset's number in the database: the same in every branch that sees it, whatever it is called there.
/// </summary>
public readonly record struct DatasetId(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
