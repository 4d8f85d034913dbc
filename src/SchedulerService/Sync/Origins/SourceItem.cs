using System.Text.Json;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>One item as a source gave it.</summary>
/// <remarks>A class and not a record: two items that say the same are two items.</remarks>
internal sealed class SourceItem(JsonElement value, bool isText)
{
    /// <summary>An object of fields; where <see cref="Problem"/> is set, whatever there was, such as its
    /// text.</summary>
    public JsonElement Value { get; } = value;

    /// <summary>Whether its fields are texts that stand for values of any type, as those of CSV.</summary>
    public bool IsText { get; } = isText;

    /// <summary>Why it is none, with its place; null where it is one.</summary>
    public string? Problem { get; init; }

    /// <summary>The same without its place, which is another one each time that something comes before it.</summary>
    public string? Fault { get; init; }

    /// <summary>Whether it is another JSON value than an object: a page of nothing else is an empty one.</summary>
    public bool IsNone { get; init; }

    /// <summary>Something that is no item, with what there was of it.</summary>
    /// <param name="text">Empty where nothing of it is known: then its place tells it from others.</param>
    public static SourceItem Bad(string text, string place, string fault) =>
        new(JsonSerializer.SerializeToElement(text), isText: true)
        {
            Problem = $"{place} {fault}",
            Fault = text.Length > 0 ? fault : $"{place} {fault}",
        };
}

/// <summary>What a source gave at once.</summary>
/// <param name="Next">Where to go on after it; null: more of the same page follows, of which only the end is a place
/// to go on from.</param>
internal sealed record SourcePage(IReadOnlyList<SourceItem> Items, ListingPlace? Next);

/// <summary>
/// How far a listing is, that is, one reading of what a source has from a changed value on. It is kept as JSON with
/// every batch; fields that a kind of source does not need are absent.
/// </summary>
internal sealed record ListingPlace
{
    /// <summary>Digest of where it is read from: a source that was changed is not gone on with in the middle.</summary>
    public required string Origin { get; init; }

    /// <summary>The changed value from which on items are asked for; null: all.</summary>
    public string? From { get; init; }

    /// <summary>Up to when, in RFC 3339; null: no end.</summary>
    public string? Until { get; init; }

    /// <summary>Highest changed value of the items before here.</summary>
    public string? Highest { get; init; }

    /// <summary>Number of the next page, from 1.</summary>
    public int? Page { get; init; }

    public string? Cursor { get; init; }

    /// <summary>Address of the next page, as a <c>Link</c> header had it.</summary>
    public string? Link { get; init; }

    /// <summary>Changed value before which every row is there.</summary>
    public string? After { get; init; }

    /// <summary>The file to go on in, how many of its items are there, and what it looked like.</summary>
    public string? File { get; init; }

    public long? FileItems { get; init; }

    public string? FileState { get; init; }

    /// <summary>Whether any item came.</summary>
    public bool HasItems { get; init; }

    /// <summary>Whether any item came of which nobody knows which record it is.</summary>
    public bool HasUnknown { get; init; }

    /// <summary>All was read: what is left is what could not be written, and what is missing.</summary>
    public bool IsRead { get; init; }
}
