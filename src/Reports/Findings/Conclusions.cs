using Dendrite.Reports.Document;
using Dendrite.V1;

namespace Dendrite.Reports.Findings;

/// <summary>
/// What a report concludes, in sentences: no more than counts and tests support. A difference is claimed only by
/// <see cref="Support.IsShown"/>; where none was shown, nothing is said to be equal.
/// </summary>
internal static class Conclusions
{
    public static IReadOnlyList<string> Of(ReportDocument document)
    {
        return
        [
            .. OfDigests(document),
            .. DataConclusions.Of(document.Counts),
            .. SignalConclusions.Of(document.Comparison),
        ];
    }

    private static IEnumerable<string> OfDigests(ReportDocument document)
    {
        var comparand = document.Comparand;
        if (comparand.FromDigest.Length == 0 || !comparand.FromDigest.Equals(comparand.ToDigest))
        {
            return [];
        }

        // The digest is that of what the new side is compared with: the old side may have gone on since the base.
        return document.Mode == DiffMode.FromMergeBase
            ?
            [
                "The new side has changed nothing since the merge base of both: their digests are equal. What the old "
                    + "side changed since is not compared.",
            ]
            : ["Both sides are the same state of the data: their digests are equal."];
    }

    /// <summary>What a reader must know before relying on the conclusions; empty where no test was made.</summary>
    public static IReadOnlyList<string> LimitsOf(ReportDocument document) =>
        document.Comparison.Channels.SelectMany(channel => channel.Tests).Any(Support.IsTested)
            ?
            [
                "Windows of one recording follow each other and resemble each other: they are less evidence than as "
                    + "many independent measurements, and true uncertainty is greater than these intervals.",
                "The tests compare these recordings. What differs between subjects or sessions they do not separate "
                    + "from what an experiment did.",
            ]
            : [];
}
