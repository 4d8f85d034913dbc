using System.Globalization;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Similarity;

/// <summary>How windows like a given one look.</summary>
internal static class SimilarView
{
    /// <summary>Features that are told of each window, those that differ most first.</summary>
    private const int MaxFeatures = 3;

    /// <summary>Standard deviations below which a feature is the same for people.</summary>
    private const double Alike = 0.5;

    public static void Write(CliOutput output, QuerySimilarWindowsResponse answer)
    {
        if (output.IsJson)
        {
            output.WriteMessage(answer);
            return;
        }

        if (answer.Windows.Count == 0)
        {
            output.WriteLine(
                answer.Complete
                    ? "No window of that length and unit is there to look at."
                    : "No window of that length and unit was found so far."
            );
        }
        else
        {
            var table = new TextTable("DISTANCE", "BRANCH", "STREAM", "CHANNEL", "SAMPLES", "WHERE IT DIFFERS");
            foreach (var window in answer.Windows)
            {
                table.Add(
                    window.Distance.ToString("0.000", CultureInfo.InvariantCulture),
                    BranchOf(window.Stream),
                    Shown.Id(window.Stream),
                    window.Channel,
                    $"{window.Window.StartSample}..{window.Window.EndSample}",
                    Explain(window)
                );
            }

            table.WriteTo(output);
        }

        output.Note($"{Figures.Count(answer.ScannedWindows, "window was", "windows were")} looked at.");
        if (!answer.Complete)
        {
            output.Warn(
                "The time, or the room for windows, was over before everything was looked at: ask again, and it goes "
                    + "on from there; where that looks at no more, narrow it by --streams or fewer --in."
            );
        }
    }

    /// <summary>Standard deviations by which it lies above or below the given window.</summary>
    private static string Explain(SimilarWindow window)
    {
        var apart = window
            .Contributions.Select(part => (part.Feature, Step: part.Found - part.Given))
            .Where(part => Math.Abs(part.Step) >= Alike)
            .OrderByDescending(part => Math.Abs(part.Step))
            .Take(MaxFeatures)
            .Select(part => $"{part.Feature} {part.Step.ToString("+0.0;-0.0", CultureInfo.InvariantCulture)}");
        return string.Join(", ", apart) is { Length: > 0 } text ? text : "hardly";
    }

    private static string BranchOf(string stream) => stream.Split('/')[3];
}
