using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Reports;

/// <summary><c>dendrite report save REPORT -o FILE</c>.</summary>
internal static class ReportSaveCommand
{
    public static Command Build(CliApplication application)
    {
        var id = ReportCommands.ReportArgument();
        var output = OutputOption(isRequired: true);
        var command = new Command("save", "Write a report to a file.") { id, output };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var path = session.Arguments.GetRequiredValue(output)!;
                var name = session.Platform.ReportName(session.Arguments.GetRequiredValue(id));
                await SaveAsync(session, name, (path, FormatOf(path)), cancellationToken);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Option<string?> OutputOption(bool isRequired) =>
        new("--output", "-o")
        {
            Description = "The file: .html, .md or .json says in which form.",
            HelpName = "FILE",
            Required = isRequired,
        };

    /// <exception cref="CliException">The name says no form.</exception>
    public static ReportFormat FormatOf(string path) =>
        Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".html" or ".htm" => ReportFormat.Html,
            ".md" or ".markdown" => ReportFormat.Markdown,
            ".json" => ReportFormat.Json,
            _ => throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"'{path}' says no form of a report: end it in .html, .md or .json."
            ),
        };

    /// <summary>
    /// Writes the document. The file has its name only once it is whole: what was there before is lost to no broken
    /// connection.
    /// </summary>
    public static async Task SaveAsync(
        Session session,
        string report,
        (string Path, ReportFormat Format) target,
        CancellationToken cancellationToken
    )
    {
        var request = new ReadReportRequest { Name = report, Format = target.Format };
        var partial = target.Path + ".partial";
        long bytes;
        try
        {
            await using var file = File.Create(partial);
            using var call = session.Platform.Reports.ReadReport(request, cancellationToken: cancellationToken);
            await foreach (var piece in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                await file.WriteAsync(piece.Data.Memory, cancellationToken);
            }

            bytes = file.Length;
        }
        catch
        {
            File.Delete(partial);
            throw;
        }

        File.Move(partial, target.Path, overwrite: true);
        session.Output.Note($"{target.Path}: {Figures.Bytes(bytes)}");
    }
}
