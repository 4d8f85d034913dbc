using System.Text.Json.Nodes;
using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>What was noted about a recording, as EDF+ can say it.</summary>
internal static class ExportedAnnotations
{
    /// <summary>
    /// Those of all streams, by onset, then duration and text. Triggers that an import read from the Status signal
    /// are left out where that signal is written into a BDF file as it was: they are in it. A channel is named behind
    /// the text, as in the standard texts of EDF+: <c>Spike@@EEG T3</c>.
    /// </summary>
    /// <param name="recording">The recording.</param>
    /// <param name="runs">Where the samples of its streams lie, for annotations that have a sample and no
    /// onset.</param>
    /// <param name="hasTriggers">The file will have a Status signal in which an import finds them again.</param>
    /// <param name="warnings">Told of what EDF+ has no place for.</param>
    public static IReadOnlyList<EdfAnnotation> Of(
        Recording recording,
        IReadOnlyList<StreamRuns> runs,
        bool hasTriggers,
        List<string> warnings
    )
    {
        var all = new List<EdfAnnotation>();
        var (categories, several) = (0, 0);
        for (int stream = 0; stream < runs.Count; stream++)
        {
            foreach (var annotation in recording.Streams[stream].Annotations)
            {
                if (hasTriggers && IsTrigger(annotation))
                {
                    continue;
                }
                categories += annotation.Category.Length > 0 ? 1 : 0;
                several += annotation.Channels.Count > 1 ? 1 : 0;
                decimal onset = annotation.OnsetSeconds ?? OnsetOf(runs[stream], annotation.StartSample);
                string text = annotation.Channels is [var channel] ? $"{annotation.Text}@@{channel}" : annotation.Text;
                all.Add(new(onset, annotation.DurationSeconds, text, 0));
            }
        }
        if (categories > 0)
        {
            warnings.Add(
                $"{categories} annotations have a category, which EDF+ has no place for; their texts are kept."
            );
        }
        if (several > 0)
        {
            warnings.Add(
                $"{several} annotations are about several channels, and EDF+ can name one; their texts are kept."
            );
        }
        return
        [
            .. all.OrderBy(annotation => annotation.OnsetSeconds)
                .ThenBy(annotation => annotation.DurationSeconds ?? -1)
                .ThenBy(annotation => annotation.Text, StringComparer.Ordinal),
        ];
    }

    private static decimal OnsetOf(StreamRuns runs, long sample) => runs.Runs.Count == 0 ? 0 : runs.SecondsAt(sample);

    private static bool IsTrigger(RecordedAnnotation annotation) =>
        annotation is { Category: "trigger", Metadata: { } metadata }
        && metadata["source"] is JsonValue source
        && source.TryGetValue(out string? signal)
        && signal == "Status";
}
