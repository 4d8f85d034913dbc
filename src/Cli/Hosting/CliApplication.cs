using System.CommandLine;
using System.Text.RegularExpressions;
using Dendrite.Cli.Alerts;
using Dendrite.Cli.Assertions;
using Dendrite.Cli.Backups;
using Dendrite.Cli.Branches;
using Dendrite.Cli.Calendars;
using Dendrite.Cli.Care;
using Dendrite.Cli.Comparing;
using Dendrite.Cli.Demo;
using Dendrite.Cli.Export;
using Dendrite.Cli.History;
using Dendrite.Cli.Import;
using Dendrite.Cli.Jobs;
using Dendrite.Cli.Merging;
using Dendrite.Cli.Operations;
using Dendrite.Cli.Output;
using Dendrite.Cli.Policies;
using Dendrite.Cli.Projects;
using Dendrite.Cli.Quality;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Records;
using Dendrite.Cli.Reports;
using Dendrite.Cli.Similarity;
using Dendrite.Cli.Simulation;
using Dendrite.Cli.Sources;
using Dendrite.Cli.Streams;
using Dendrite.Cli.Tags;
using Dendrite.Cli.Tailing;
using Dendrite.Cli.Workflows;

namespace Dendrite.Cli.Hosting;

/// <summary>The program: the tree of commands, and one place where errors become messages and exit codes.</summary>
internal sealed partial class CliApplication(CliHost host)
{
    /// <summary>What Ctrl-C leaves of a command that streams.</summary>
    public const string AcknowledgedIsKept = "What was acknowledged is kept.";

    private readonly GlobalOptions options = new();

    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        // A value may begin with '@': it is what it says, and no file of further arguments.
        var parsed = BuildRoot().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var configuration = new InvocationConfiguration
        {
            Output = host.Output,
            Error = host.Error,
            // Errors are reported below, in JSON where that was asked for.
            EnableDefaultExceptionHandler = false,
        };
        if (parsed.Errors.Count == 0)
        {
            HideOthersArguments(parsed.CommandResult.Command);
            try
            {
                return await parsed.InvokeAsync(configuration, cancellationToken);
            }
            // Of what no command writes, such as help.
            catch (CliException unwritten)
            {
                var output = new CliOutput(host, args.Contains("--json"));
                return (int)ErrorReport.Write(unwritten, output, cancellationToken: CancellationToken.None);
            }
        }
        string problem = string.Join(" ", parsed.Errors.Select(error => Plainly(error.Message)));
        var error = new CliException(ExitCode.Usage, "USAGE", $"{problem} See '{CommandPath(parsed)} --help'.");
        var said = new CliOutput(host, args.Contains("--json"));
        return (int)ErrorReport.Write(error, said, cancellationToken: CancellationToken.None);
    }

    /// <summary>Gives a command its work, with errors reported and the session closed around it.</summary>
    /// <param name="left">What Ctrl-C leaves of it, where that is something.</param>
    public void Bind(Command command, Func<Session, CancellationToken, Task<ExitCode>> work, string left = "") =>
        command.SetAction(
            async (arguments, cancellationToken) =>
            {
                await using var session = new Session(arguments, host, options);
                try
                {
                    return (int)await work(session, cancellationToken);
                }
                // The rim of the program: whatever happened becomes a message and a number.
                catch (Exception error)
                {
                    return (int)ErrorReport.Write(error, session.Output, arguments, left, cancellationToken);
                }
            }
        );

    /// <summary>All commands with their options: what <c>--help</c> shows.</summary>
    internal RootCommand BuildRoot()
    {
        var root = new RootCommand("Git-style branches for experiment data: fork, stream in, read back, compare.");
        options.AddTo(root);
        root.Add(ProjectCommands.Build(this));
        root.Add(BranchCommands.Build(this));
        root.Add(TagCommands.Build(this));
        root.Add(AssertionCommands.Build(this));
        root.Add(HistoryCommands.Log(this));
        root.Add(HistoryCommands.Show(this));
        root.Add(ResetCommand.Build(this));
        root.Add(VerifyCommand.Build(this));
        root.Add(ImportCommand.Build(this));
        root.Add(ExportCommand.Build(this));
        root.Add(StreamsCommand.Build(this));
        root.Add(ReadCommand.Build(this));
        root.Add(TailCommand.Build(this));
        root.Add(OverviewCommand.Build(this));
        root.Add(StatisticsCommand.Build(this));
        root.Add(AnnotationsCommand.Build(this));
        root.Add(AnnotationCommands.Build(this));
        root.Add(GapsCommand.Build(this));
        root.Add(MaskCommands.Build(this));
        root.Add(DatasetCommands.Build(this));
        root.Add(RecordCommands.Build(this));
        root.Add(RecordHistoryCommand.Build(this));
        root.Add(DiffCommand.Build(this));
        root.Add(PatchCommand.Build(this));
        root.Add(CompareCommand.Build(this));
        root.Add(SimilarCommand.Build(this));
        root.Add(OperationCommands.Build(this));
        root.Add(ReportCommands.Build(this));
        root.Add(CheckCommands.Build(this));
        root.Add(PolicyCommands.Build(this));
        root.Add(BackupCommands.Build(this));
        root.Add(RestoreCommand.Build(this));
        root.Add(AlertCommands.Build(this));
        root.Add(SourceCommands.Build(this));
        root.Add(MergeCommands.Build(this));
        root.Add(CommitCommands.Finalize(this));
        root.Add(CommitCommands.Revert(this));
        root.Add(CommitCommands.Pick(this));
        root.Add(JobCommands.Build(this));
        root.Add(CalendarCommands.Build(this));
        root.Add(StorageCommands.Build(this));
        root.Add(WorkflowCommands.Build(this));
        root.Add(ExperimentCommands.Build(this));
        root.Add(SimulateCommand.Build(this));
        root.Add(DemoCommand.Build(this));
        return root;
    }

    /// <summary>Help names the arguments of the commands above, which this one does not take.</summary>
    private static void HideOthersArguments(Command command)
    {
        foreach (var above in command.Parents.OfType<Command>())
        {
            foreach (var argument in above.Arguments)
            {
                argument.Hidden = true;
            }
            HideOthersArguments(above);
        }
    }

    /// <summary>On one line, and of values in place of .NET's names of types.</summary>
    private static string Plainly(string problem)
    {
        var words = Choices().Replace(TypeName().Replace(problem, Meaning), "', '");
        var line = string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.EndsWith('.') ? line : $"{line}.";
    }

    private static string Meaning(Match type) =>
        type.Groups["type"].Value switch
        {
            "Int32" or "Int64" => ": a whole number is needed, of a size that it can have.",
            "Double" or "Decimal" => ": a number is needed.",
            _ => ".",
        };

    [GeneratedRegex(@" as expected type '[^']*?(?<type>\w+)(, [^']*)?\]?\]?'\.", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex TypeName();

    /// <summary>Between two values of a list, each on a line of its own.</summary>
    [GeneratedRegex(@"'\s*\n\s*'", RegexOptions.None, 1_000)]
    private static partial Regex Choices();

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (Symbol? symbol = parsed.CommandResult.Command; symbol is not null and not RootCommand; )
        {
            names.Push(symbol.Name);
            symbol = symbol.Parents.FirstOrDefault();
        }
        names.Push("dendrite");
        return string.Join(' ', names);
    }
}
