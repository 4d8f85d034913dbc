using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;

namespace Dendrite.Cli.Import;

/// <summary><c>dendrite import FILE --branch B</c>.</summary>
internal static class ImportCommand
{
    public static Command Build(CliApplication application)
    {
        var file = new Argument<string>("FILE") { Description = "An EDF or EDF+ file." };
        // No default: main is protected, it takes merges only.
        var branch = new Option<string>("--branch", "-b")
        {
            Description = "The branch to stream into.",
            HelpName = "BRANCH",
            Required = true,
        };
        var stream = new Option<string?>("--stream", "-s")
        {
            Description = "Id of the stream; made from the file's name without it. Several rates get a suffix each.",
            HelpName = "ID",
        };
        var start = new Option<DateTimeOffset?>("--start")
        {
            Description =
                "When the recording began, such as 2026-03-14T09:26:53+01:00; for files without date or zone.",
            HelpName = "TIME",
            CustomParser = ParseStart,
        };
        var command = new Command(
            "import",
            "Stream a recording into a branch. Run it again after a failure: it goes on where it stopped."
        )
        {
            file,
            branch,
            stream,
            start,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                string path = session.Arguments.GetRequiredValue(file);
                var source = await EdfSource.OpenAsync(path, cancellationToken);
                foreach (var warning in source.Recording.Warnings)
                {
                    session.Output.Warn(warning.ToString());
                }
                var options = new ImportOptions(
                    session.Arguments.GetRequiredValue(branch),
                    session.Arguments.GetValue(stream) ?? StreamIds.OfFile(path),
                    session.Arguments.GetValue(start)
                );
                var import = new EdfImport(session.Platform, session.Host.Time);
                var report = await ImportProgress.ShowAsync(
                    session.Output,
                    progress => import.RunAsync(source, options, progress, cancellationToken)
                );
                Write(session.Output, report);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static DateTimeOffset? ParseStart(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time;
        }
        result.AddError($"'{text}' is not a time such as 2026-03-14T09:26:53+01:00.");
        return null;
    }

    private static void Write(CliOutput output, ImportReport report)
    {
        if (output.IsJson)
        {
            output.WriteJson(report, CliJson.Shapes.ImportReport);
            return;
        }
        foreach (var stream in report.Streams)
        {
            string from = stream.Status == "resumed" ? $" from sample {Figures.Count(stream.ResumedFrom)}" : "";
            output.WriteLine(
                $"{stream.Stream}: {stream.Status}{from}, {Figures.Count(stream.SampleCount)} samples of "
                    + $"{stream.ChannelCount} channels"
            );
        }
        output.WriteLine(
            $"{Figures.Bytes(report.FileBytes)}, {report.AnnotationCount} annotations, "
                + $"{report.Warnings.Count} warnings, {report.Seconds:0.0} s"
        );
    }
}
