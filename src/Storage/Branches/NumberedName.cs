using System.Globalization;

namespace Dendrite.Storage.Branches;

/// <summary>The name of a branch to be: whole, or with a place for the lowest number that is free.</summary>
/// <param name="Prefix">What stands before the number; all of it where there is none.</param>
/// <param name="Suffix">What stands after it.</param>
public sealed record NumberedName(string Prefix, string Suffix, bool HasNumber)
{
    /// <summary>The name with that number, from 1, where it has a place for one.</summary>
    public string WithNumber(long number) =>
        HasNumber ? string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number}{Suffix}") : Prefix;
}
