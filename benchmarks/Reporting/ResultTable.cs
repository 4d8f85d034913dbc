using Dendrite.Benchmarks.Measuring;
using Spectre.Console;

namespace Dendrite.Benchmarks.Reporting;

/// <summary>Results for people: medians, each with its lowest and highest round.</summary>
internal static class ResultTable
{
    /// <summary>
    /// As wide as the widest row, whatever the terminal: a cut figure is worse than a wrapped line.
    /// </summary>
    private const int Width = 160;

    public static void Write(IReadOnlyCollection<BenchmarkResult> results, TextWriter output)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("case", "unit");
        table.AddColumns([RightAligned("value"), RightAligned("rounds"), RightAligned("baseline")]);
        table.AddColumns([RightAligned("rounds"), RightAligned("ratio"), new TableColumn("aim").NoWrap()]);
        foreach (var result in results)
        {
            table.AddRow(
                Markup.Escape(result.Case),
                result.Unit,
                Figure(result.Value),
                Spread(result.Subject),
                Figure(result.BaselineValue),
                Spread(result.BaselineSeries),
                $"{result.Ratio:0.00}",
                Aim(result)
            );
        }

        var baselines = results.Select(result => result.Baseline).Distinct();
        table.Caption($"Medians. Baseline: {Markup.Escape(string.Join("; ", baselines))}");
        ConsoleOn(output).Write(table);
    }

    private static IAnsiConsole ConsoleOn(TextWriter output)
    {
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) };
        if (output != Console.Out || Console.IsOutputRedirected)
        {
            settings.Ansi = AnsiSupport.No;
        }

        var console = AnsiConsole.Create(settings);
        console.Profile.Width = Width;
        return console;
    }

    private static TableColumn RightAligned(string header) => new TableColumn(header).RightAligned().NoWrap();

    private static string Figure(double value) =>
        value.ToString(
            value < 10 ? "0.00"
            : value < 100 ? "0.0"
            : "#,0"
        );

    private static string Spread(Series series) => $"{Figure(series.Minimum)} to {Figure(series.Maximum)}";

    private static string Aim(BenchmarkResult result) =>
        result.Met switch
        {
            null => "",
            true => $"[green]{result.Aim}: met[/]",
            false => $"[yellow]{result.Aim}: not met[/]",
        };
}
