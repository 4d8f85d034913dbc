using System.Globalization;

namespace Dendrite.Storage;

/// <summary>A project's number in the database; its name is for people. Every row of data bears it.</summary>
public readonly record struct ProjectId(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
