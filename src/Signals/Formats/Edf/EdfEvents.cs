using System.Text.Json.Nodes;
using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf;

/// <summary>The annotations of a file, and the triggers of its Status signal, in the common shape.</summary>
internal static class EdfEvents
{
    /// <param name="scanned">The file.</param>
    /// <param name="group">The signals on whose samples they are placed; null where there are none.</param>
    public static IReadOnlyList<RecordedAnnotation> Of(EdfRecording scanned, EdfRateGroup? group) =>
        [
            .. scanned.Annotations.Select(annotation => new RecordedAnnotation(annotation.Text)
            {
                StartSample = group is null ? 0 : scanned.SampleIndexAt(group, annotation.OnsetSeconds),
                OnsetSeconds = annotation.OnsetSeconds,
                DurationSeconds = annotation.DurationSeconds,
            }),
            .. Triggers(scanned, group),
        ];

    private static IEnumerable<RecordedAnnotation> Triggers(EdfRecording scanned, EdfRateGroup? group)
    {
        if (group is null || scanned.Triggers.Count == 0)
        {
            yield break;
        }
        var status = scanned.Header.RateGroups.First(candidate =>
            candidate.Signals.Any(signal => signal.OriginalLabel.Equals("Status", StringComparison.OrdinalIgnoreCase))
        );
        foreach (var trigger in scanned.Triggers)
        {
            decimal onset = scanned.OnsetOf(status, trigger.Sample);
            yield return new($"{trigger.Code}")
            {
                StartSample = scanned.SampleIndexAt(group, onset),
                OnsetSeconds = onset,
                Category = "trigger",
                Metadata = new JsonObject { ["source"] = "Status" },
            };
        }
    }
}
