using System.Globalization;
using Dendrite.Storage.Retention;

namespace Dendrite.SchedulerService.Retention;

/// <summary>Says why something becomes of a branch, for people: in previews, reports and the audit.</summary>
internal static class RetentionReason
{
    public static string Of(RetentionVerdict verdict, BranchFacts branch) =>
        verdict.Cause switch
        {
            RetentionCause.Unmatched => "no policy matches it, and it has no expiry",
            RetentionCause.Main => "main is never taken",
            RetentionCause.Protected => "it is protected, and protected branches are never taken",
            RetentionCause.Tagged => OfTagged(verdict, branch),
            RetentionCause.NotBegun => $"{Policy(verdict)} counts from {Missing(verdict.Terms!.Basis)}",
            RetentionCause.NotYet when verdict.Terms is null => Rule(verdict),
            RetentionCause.NotYet => verdict.Due is { } due
                ? $"{Rule(verdict)}, until {Time(due)}"
                : $"{Rule(verdict)}, which is beyond all dates",
            RetentionCause.EndsSoon when verdict.WarnedAt is { } warned =>
                $"{Rule(verdict)}; its owner was warned on {Time(warned)}, and it goes on {Time(verdict.Due!.Value)}",
            RetentionCause.EndsSoon =>
                $"{Rule(verdict)}; its owner is warned now, and it goes on {Time(verdict.Due!.Value)}",
            RetentionCause.Held => $"{Ended(verdict)}; it waits, because {branch.HeldBy}",
            RetentionCause.WrittenTo =>
                $"{Ended(verdict)}; it waits, because somebody committed to it on {Time(branch.HeadTime!.Value)}",
            RetentionCause.Ended => Ended(verdict),
            RetentionCause.Deleted =>
                $"it is deleted, and goes for good on {Time(verdict.Due!.Value)} unless it is restored before",
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict.Cause, "no such cause"),
        };

    /// <summary>A span as people write it: 7 d, 1 d 12 h, 90 s.</summary>
    public static string Span(TimeSpan span)
    {
        (long Count, string Unit)[] parts =
        [
            (span.Days, "d"),
            (span.Hours, "h"),
            (span.Minutes, "min"),
            (span.Seconds, "s"),
            (span.Milliseconds, "ms"),
        ];
        var said = parts.Where(part => part.Count > 0).Select(part => $"{part.Count} {part.Unit}");
        return string.Join(' ', said) is { Length: > 0 } text ? text : "0 s";
    }

    private static string OfTagged(RetentionVerdict verdict, BranchFacts branch)
    {
        if (verdict.Terms is null)
            return $"tag '{branch.Tag}' names it, so its expiry does not take it; delete it by hand";
        var passed =
            verdict.Start is { } start && DateTimeOffset.MaxValue - start > verdict.Terms.Keep
                ? $" (its {Span(verdict.Terms.Keep)} end on {Time(start + verdict.Terms.Keep)})"
                : "";
        return $"tag '{branch.Tag}' names it, and {Policy(verdict)} never takes tagged branches by itself{passed}";
    }

    private static string Ended(RetentionVerdict verdict) =>
        verdict.Terms is null ? Rule(verdict) : $"{Rule(verdict)}, ended on {Time(verdict.End!.Value)}";

    private static string Rule(RetentionVerdict verdict) =>
        verdict.Terms is { } terms
            ? $"{Policy(verdict)} keeps it {Span(terms.Keep)} from {Basis(terms.Basis)} on {Time(verdict.Start!.Value)}"
            : $"its own expiry on {Time(verdict.Start!.Value)}";

    private static string Policy(RetentionVerdict verdict) =>
        verdict.Terms is { } terms ? $"policy '{terms.Policy}'" : "its own expiry";

    private static string Basis(RetentionStart basis) =>
        basis switch
        {
            RetentionStart.CreateTime => "its creation",
            RetentionStart.HeadTime => "its last commit",
            RetentionStart.ExperimentEnd => "its experiment's end",
            RetentionStart.ExpireTime => "its expiry",
            _ => throw new ArgumentOutOfRangeException(nameof(basis), basis, "no such basis"),
        };

    private static string Missing(RetentionStart basis) =>
        basis == RetentionStart.ExpireTime
            ? "its expiry, and it has none"
            : "its experiment's end, and its experiment has not ended";

    private static string Time(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
