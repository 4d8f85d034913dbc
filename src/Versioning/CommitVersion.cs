using System.Globalization;

namespace Dendrite.Versioning;

/// <summary>
/// The number of a commit. It only grows, database-wide, and is handed out while the commit holds its timeline's lock:
/// within one timeline version order is commit order, and a new version exceeds every version its writer could see.
/// </summary>
/// <remarks>Called "version" everywhere else; the type has a longer name because <see cref="System.Version"/> is in
/// every file's scope.</remarks>
public readonly record struct CommitVersion(long Value) : IComparable<CommitVersion>
{
    /// <summary>Before every commit: nothing is visible at it.</summary>
    public static CommitVersion Zero => default;

    public static CommitVersion Parse(string text) =>
        TryParse(text, out var version)
            ? version
            : throw new FormatException($"'{text}' is not a version: a number from 1, as a commit reports it.");

    public static bool TryParse(string? text, out CommitVersion version)
    {
        var parsed = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0;
        version = parsed ? new(value) : default;
        return parsed;
    }

    public static CommitVersion Min(CommitVersion left, CommitVersion right) => left <= right ? left : right;

    public static CommitVersion Max(CommitVersion left, CommitVersion right) => left >= right ? left : right;

    public int CompareTo(CommitVersion other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    public static bool operator <(CommitVersion left, CommitVersion right) => left.Value < right.Value;

    public static bool operator >(CommitVersion left, CommitVersion right) => left.Value > right.Value;

    public static bool operator <=(CommitVersion left, CommitVersion right) => left.Value <= right.Value;

    public static bool operator >=(CommitVersion left, CommitVersion right) => left.Value >= right.Value;
}
