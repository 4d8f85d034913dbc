using System.Globalization;
using Dendrite.Cli.Output;
using Spectre.Console;

namespace Dendrite.Cli.Export;

/// <summary>How an export goes and how it went.</summary>
internal static class ExportView
{
    /// <summary>A bar at a terminal, nothing elsewhere.</summary>
    /// <param name="total">What the progress counts up to.</param>
    public static async Task ShowAsync(CliOutput output, long total, Func<IProgress<long>?, Task> work)
    {
        if (!output.IsInteractive)
        {
            await work(null);
            return;
        }
        await output
            .Terminal.Progress()
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn()
            )
            .StartAsync(context => work(new Bar(context.AddTask("export", maxValue: Math.Max(1, total)))));
    }

    public static void Write(CliOutput output, ExportReport report)
    {
        foreach (string warning in report.Warnings)
        {
            output.Warn(warning);
        }
        if (output.IsJson)
        {
            output.WriteJson(report, CliJson.Shapes.ExportReport);
            return;
        }
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Output}: {report.Format}, {Figures.Count(report.SampleCount, "sample")} of "
                + $"{Figures.Count(report.ChannelCount, "channel")}, "
                + $"{Figures.Bytes(report.FileBytes)}, version {report.Version}, {report.Seconds:0.0} s"
        );
        // Into a pipe goes the file, and nothing else.
        if (report.Output == ExportCommand.StandardOutput)
        {
            output.Note(line);
        }
        else
        {
            output.WriteLine(line);
        }
    }

    private sealed class Bar(ProgressTask task) : IProgress<long>
    {
        public void Report(long value) => task.Value = value;
    }
}
