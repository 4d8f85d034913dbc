using Dendrite.Versioning;

namespace Dendrite.Storage.Signals;

/// <summary>Who commits to which timeline, and why.</summary>
/// <param name="Author">A person or a key; 1 to 200 characters.</param>
/// <param name="Message">For people; up to 4,000 characters.</param>
public sealed record CommitAuthor(ProjectId Project, TimelineId Timeline, string Author, string Message);
