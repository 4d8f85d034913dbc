using System.Globalization;
using System.Text.RegularExpressions;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>
/// The messages beside a recording, <c>NUMBER, TEXT</c> or <c>TEXT: NUMBER</c> a line. One of them tells when the
/// recording began by the computer's clock, the others what was noted at which sample.
/// </summary>
internal static partial class OpenEphysMessages
{
    public static (DateTimeOffset? Start, IReadOnlyList<(long Number, string Text)> Notes) Read(TextLines text)
    {
        DateTimeOffset? start = null;
        var notes = new List<(long, string)>();
        foreach (var (_, line) in text.Lines)
        {
            var match = Message().Match(line);
            if (
                !match.Success
                || !long.TryParse(match.Groups["number"].Value, CultureInfo.InvariantCulture, out long number)
            )
            {
                continue;
            }
            string message = match.Groups["text"].Value.Trim();
            if (message.StartsWith("Software Time", StringComparison.OrdinalIgnoreCase))
            {
                // Each recording of an experiment has such a line, and all count from the first.
                start ??= TimeOf(number);
            }
            else if (message.Length > 0 && !IsBeginning(message))
            {
                notes.Add((number, message));
            }
        }
        return (start, notes);
    }

    /// <summary>Versions before 0.6 say <c>Processor: Rhythm FPGA Id: 100 start time: 4608@30000Hz</c>.</summary>
    private static bool IsBeginning(string message) =>
        message.StartsWith("Start Time", StringComparison.OrdinalIgnoreCase)
        || (
            message.StartsWith("Processor:", StringComparison.Ordinal)
            && message.Contains("start time:", StringComparison.Ordinal)
        );

    /// <summary>Null where it is none: old files count in ticks of another clock.</summary>
    private static DateTimeOffset? TimeOf(long milliseconds) =>
        milliseconds is > 100_000_000_000 and < 7_000_000_000_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    [GeneratedRegex(
        @"^\s*((?<number>\d{1,18}),?\s+(?<text>.*)|(?<text>(Software|Start) Time.*):\s*(?<number>\d{1,18})\s*)$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Message();
}
