using System.CommandLine;
using Dendrite.Cli.Export;
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
        var force = ForceOption();
        var command = new Command("save", "Write a report to a file.") { id, output, force };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var path = session.Arguments.GetRequiredValue(output)!;
                var name = session.Platform.ReportName(session.Arguments.GetRequiredValue(id));
                var file = ReportFile.Of(path, session.Arguments.GetValue(force));
                await SaveAsync(session, name, file, cancellationToken);
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

    public static Option<bool> ForceOption() => new("--force") { Description = "Replace the file if there is one." };

    /// <summary>
    /// Writes the document. The file has its name only once it is whole: what was there before is lost to no broken
    /// connection.
    /// </summary>
    /// <exception cref="CliException">There is a file, and it shall stay; or none can be made there.</exception>
    public static async Task SaveAsync(
        Session session,
        string report,
        ReportFile file,
        CancellationToken cancellationToken
    )
    {
        var request = new ReadReportRequest { Name = report, Format = file.Format };
        await using var target = ExportTarget.Create(
            file.Path,
            session.NewRequestId(),
            file.Force,
            session.Host.OpenBinaryOutput
        );
        using var call = session.Platform.Reports.ReadReport(request, cancellationToken: cancellationToken);
        await foreach (var piece in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            await target.Stream.WriteAsync(piece.Data.Memory, cancellationToken);
        }

        var bytes = target.Stream.Length;
        await target.KeepAsync(cancellationToken);
        session.Output.Note($"{file.Path}: {Figures.Bytes(bytes)}");
    }
}

/// <summary>Where a report is written.</summary>
/// <param name="Force">It may take the place of another file.</param>
internal sealed record ReportFile(string Path, ReportFormat Format, bool Force)
{
    /// <summary>Refuses before work is done what would be refused after it.</summary>
    /// <exception cref="CliException">The name says no form; there is a file, and it shall stay.</exception>
    public static ReportFile Of(string path, bool force)
    {
        var file = new ReportFile(path, ReportSaveCommand.FormatOf(path), force);
        return force || !File.Exists(path) ? file : throw ExportTarget.Exists(path);
    }
}
