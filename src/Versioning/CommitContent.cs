namespace Dendrite.Versioning;

/// <summary>What a commit's hash covers besides its parent.</summary>
/// <param name="Timeline">The timeline that was written.</param>
/// <param name="Version">The version that the commit was given.</param>
/// <param name="Time">When, to the microsecond; never before the commit's parent.</param>
/// <param name="Author">Who: a person or a key.</param>
/// <param name="Message">Why, for people; may be empty.</param>
/// <param name="Digest">SHA-256 of what was written, as the writer computed it.</param>
public sealed record CommitContent(
    TimelineId Timeline,
    CommitVersion Version,
    DateTimeOffset Time,
    string Author,
    string Message,
    ReadOnlyMemory<byte> Digest
);
