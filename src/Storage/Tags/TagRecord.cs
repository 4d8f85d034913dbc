using System.Globalization;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tags;

/// <summary>A tag's number in the database.</summary>
public readonly record struct TagId(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A tag as it is stored.</summary>
/// <param name="Name">Its id in resource names.</param>
/// <param name="Branch">Name of the branch whose state it names, as it is called now; null once that was
/// purged.</param>
/// <param name="Version">The newest commit of the line that it sees; zero where there is none.</param>
public sealed record TagRecord(TagId Id, string Name, Guid Uid, string? Branch, CommitVersion Version)
{
    /// <summary>Grows with every change of a field.</summary>
    public required long Revision { get; init; }

    public string Description { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>A JSON object; null: none was given.</summary>
    public string? Metadata { get; init; }

    public string Creator { get; init; } = "";

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>What a new tag begins with.</summary>
/// <param name="Uid">From the caller, so that a test can choose it.</param>
/// <param name="Branch">Name of the branch whose state it names; not looked at where the point is a tag.</param>
/// <param name="Point">Which state of it.</param>
public sealed record NewTag(string Name, Guid Uid, string Branch, SnapshotPoint Point)
{
    public required string Creator { get; init; }

    public string Description { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>A JSON object, or null.</summary>
    public string? Metadata { get; init; }
}

/// <summary>New values of a tag's fields; null leaves a field as it is. What a tag names never changes.</summary>
public sealed record TagChange
{
    public string? Description { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Whether <see cref="Metadata"/> is a new value, which may be null: none.</summary>
    public bool SetsMetadata { get; init; }

    public string? Metadata { get; init; }
}

/// <summary>Which tags to list.</summary>
/// <param name="Limit">At most so many.</param>
public sealed record TagQuery(int Limit)
{
    /// <summary>Only tags after this place of the order; null for the first page.</summary>
    public RowPlace? After { get; init; }

    public RowOrder Order { get; init; } = RowOrder.ByName;

    public RowCondition Filter { get; init; } = RowCondition.All();
}
