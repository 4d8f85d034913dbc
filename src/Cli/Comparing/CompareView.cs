using System.Globalization;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Comparing;

/// <summary>Shows two experiments side by side.</summary>
internal static class CompareView
{
    /// <summary>Channels without a counterpart that are named, of each stream: two lines of a terminal.</summary>
    private const int MaxUnpaired = 12;

    public static void Write(CliOutput output, ExperimentComparison comparison)
    {
        if (output.IsJson)
        {
            output.WriteMessage(comparison);
            return;
        }

        if (comparison.Channels.Count == 0)
        {
            output.WriteLine("No channel has a counterpart: there is nothing to compare.");
        }
        else
        {
            WriteTests(output, comparison);
            WriteClocks(output, comparison);
            Summarise(output, comparison);
        }

        WriteUnpaired(output, "old", comparison.OnlyFrom);
        WriteUnpaired(output, "new", comparison.OnlyTo);
        foreach (var remarked in comparison.Channels.Where(channel => channel.Remark.Length > 0))
        {
            output.Note($"{NameOf(remarked.Pair)}: {remarked.Remark}");
        }
    }

    private static void WriteTests(CliOutput output, ExperimentComparison comparison)
    {
        var interval = comparison.Options.Confidence.ToString("0.##########%", CultureInfo.InvariantCulture);
        var level = LevelOf(comparison);
        var table = new TextTable("CHANNEL", "FEATURE", "OLD", "NEW", "G", $"{interval} INTERVAL", "P CORRECTED", "");
        foreach (var channel in comparison.Channels)
        {
            foreach (var test in channel.Tests)
            {
                table.Add(
                    NameOf(channel.Pair),
                    test.Feature,
                    Show(Find(channel.From, test.Feature, comparison.Options)),
                    Show(Find(channel.To, test.Feature, comparison.Options)),
                    Signed(test.HedgesG),
                    double.IsNaN(test.HedgesG) ? "-" : $"{Signed(test.HedgesGLow)} to {Signed(test.HedgesGHigh)}",
                    Show(test.AdjustedTP, "G3"),
                    test.AdjustedTP < level ? "*" : ""
                );
            }
        }

        table.WriteTo(output);
    }

    private static void WriteClocks(CliOutput output, ExperimentComparison comparison)
    {
        var shared = comparison.Channels.Where(channel => channel.HasPeakCorrelation).ToList();
        if (shared.Count == 0)
        {
            return;
        }

        output.WriteLine("");
        string[] bands = [.. comparison.Options.Bands.Select(band => $"COHERENCE {band.Band}")];
        var table = new TextTable(["CHANNEL", "CORRELATION", "LAG (S)", .. bands]);
        foreach (var channel in shared)
        {
            table.Add([
                NameOf(channel.Pair),
                Show(channel.PeakCorrelation, "0.000"),
                Show(channel.PeakLagSeconds, "0.####"),
                .. channel.BandCoherences.Select(coherence => Show(coherence, "0.000")),
            ]);
        }

        table.WriteTo(output);
    }

    private static void Summarise(CliOutput output, ExperimentComparison comparison)
    {
        var tests = comparison.Channels.SelectMany(channel => channel.Tests).ToList();
        var made = tests.Count(test => !double.IsNaN(test.AdjustedTP));
        var level = LevelOf(comparison);
        var found = tests.Count(test => test.AdjustedTP < level);
        output.WriteLine("");
        output.WriteLine(
            $"{Figures.Count(comparison.Channels.Count, "channel")}, {Figures.Count(made, "test")}, "
                + $"{Figures.Count(found)} below {Show(level, "0.############")} after correction (*)."
        );
    }

    /// <summary>What a corrected p is below where a difference is called one: what the intervals leave out.</summary>
    private static double LevelOf(ExperimentComparison comparison) =>
        // 1 - 0.95 is 0.050000000000000044.
        Math.Round(1 - comparison.Options.Confidence, 12);

    private static void WriteUnpaired(CliOutput output, string side, IReadOnlyList<UnpairedChannel> channels)
    {
        foreach (var stream in channels.GroupBy(channel => channel.StreamId))
        {
            var labels = stream.Select(channel => channel.Channel).ToList();
            var more = labels.Count > MaxUnpaired ? $" and {labels.Count - MaxUnpaired} more (--json has all)" : "";
            output.WriteLine(
                $"Only on the {side} side: {stream.Key}, {Figures.Count(labels.Count)} "
                    + $"{(labels.Count == 1 ? "channel" : "channels")}: "
                    + string.Join(", ", labels.Take(MaxUnpaired))
                    + more
            );
        }
    }

    /// <summary>The figure of the whole recording that a feature of its windows belongs to.</summary>
    private static double Find(ChannelMeasures measures, string feature, ExperimentComparisonOptions options)
    {
        var band = options.Bands.ToList().FindIndex(band => feature == $"power:{band.Band}");
        return feature switch
        {
            "mean" => measures.Mean,
            "root_mean_square" => measures.RootMeanSquare,
            "excess_kurtosis" => measures.ExcessKurtosis,
            "line_noise_ratio" => measures.LineNoiseRatio,
            _ when band >= 0 && band < measures.BandPowers.Count => measures.BandPowers[band],
            _ => double.NaN,
        };
    }

    private static string NameOf(ChannelPair pair) =>
        (pair.FromStreamId, pair.FromChannel) == (pair.ToStreamId, pair.ToChannel)
            ? $"{pair.FromStreamId}/{pair.FromChannel}"
            : $"{pair.FromStreamId}/{pair.FromChannel} : {pair.ToStreamId}/{pair.ToChannel}";

    private static string Signed(double value) => Show(value, "+0.00;-0.00;0.00");

    private static string Show(double value, string format = "G5") =>
        double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);
}
