using Dendrite.Errors;
using Dendrite.Versioning;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.BranchService.Branches;

/// <summary>What a deletion asks for besides which branch.</summary>
/// <param name="Window">How long the branch can be restored; null: it goes at once.</param>
/// <param name="Head">The newest commit that the caller saw; null where it does not matter.</param>
/// <param name="Detail">For the audit.</param>
internal sealed record BranchDeletion(TimeSpan? Window, CommitVersion? Head, IReadOnlyDictionary<string, string> Detail)
{
    private const int MaxReasonLength = 4_000;
    private const int LongestDays = 3_650;
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(LongestDays);

    /// <param name="usual">How long a branch can be restored where the caller does not say.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static BranchDeletion Read(V1.DeleteBranchRequest request, TimeSpan usual)
    {
        if (request.HeadVersion < 0)
        {
            throw DendriteException.Invalid(
                "head_version",
                $"{request.HeadVersion} is no version; give the branch's head_version, or leave it out"
            );
        }

        var reason = RequestFields.Text(request.Reason, "reason", MaxReasonLength);
        var window = request.Purge ? ReadPurge(request) : ReadWindow(request.PurgeAfter, usual);
        return new(
            window,
            request.HeadVersion == 0 ? null : new CommitVersion(request.HeadVersion),
            reason.Length == 0 ? new Dictionary<string, string>() : new() { ["reason"] = reason }
        );
    }

    private static TimeSpan? ReadPurge(V1.DeleteBranchRequest request) =>
        request.PurgeAfter is null
            ? null
            : throw DendriteException.Invalid(
                "purge_after",
                "is given together with purge, which leaves no time to restore; give one of both"
            );

    private static TimeSpan ReadWindow(Duration? asked, TimeSpan usual)
    {
        if (asked is null)
        {
            return usual;
        }

        // Compared in seconds first: a duration may be longer than any span.
        var isSpan =
            asked.Seconds >= 0 && asked.Seconds <= Longest.TotalSeconds && asked.Nanos is >= 0 and < 1_000_000_000;
        var span = isSpan ? asked.ToTimeSpan() : default;
        return isSpan && span >= Shortest && span <= Longest
            ? span
            : throw DendriteException.Invalid(
                "purge_after",
                $"must be from one minute to {LongestDays} days; leave it out for the server's own"
            );
    }
}
