using Dendrite.Storage.Commits;
using Dendrite.Versioning;

namespace Dendrite.Storage.Signals;

/// <summary>Who commits to which timeline, and why.</summary>
/// <param name="Author">A person or a key; 1 to 200 characters.</param>
/// <param name="Message">For people; up to 4,000 characters.</param>
public sealed record CommitAuthor(ProjectId Project, TimelineId Timeline, string Author, string Message)
{
    internal CommitRequest ToRequest(IReadOnlyList<StreamAppend> appends) =>
        new(Timeline, CommitKind.Append, Author, Message, AppendDigest.Compute(appends))
        {
            Statistics = AppendStatistics.Of(appends),
        };

    internal CommitRequest ToRequest(SignalStreamDescriptor created) =>
        new(Timeline, CommitKind.Write, Author, Message, DescriptorRows.Digest(created))
        {
            Statistics = new Dictionary<string, long> { ["streams"] = 1 },
        };
}
