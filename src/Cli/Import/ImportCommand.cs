using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Dendrite.Cli.Hosting;
using Dendrite.Contracts.Names;
using Dendrite.Signals.Formats;

namespace Dendrite.Cli.Import;

/// <summary><c>dendrite import PATH... --branch B</c>.</summary>
internal sealed class ImportCommand
{
    private const int MaxJobs = 64;

    private readonly Argument<string[]> paths = new("PATH")
    {
        Description = "Recordings, and folders of them with what lies below.",
        Arity = ArgumentArity.OneOrMore,
    };

    // No default: main is protected, it takes merges only.
    private readonly Option<string?> branch = new("--branch", "-b")
    {
        Description = "The branch to stream into. Not needed with --dry-run.",
        HelpName = "BRANCH",
    };

    private readonly Option<string?> stream = new("--stream", "-s")
    {
        Description = "Id of the stream of one file; made from its name without it. Several streams get a suffix each.",
        HelpName = "ID",
    };

    private readonly Option<DateTimeOffset?> start = new("--start")
    {
        Description = "When the recording began, such as 2026-03-14T09:26:53+01:00; for files without date or zone.",
        HelpName = "TIME",
        CustomParser = ParseStart,
    };

    private readonly Option<int> jobs = new("--jobs")
    {
        Description = "How many files at once.",
        HelpName = "N",
        DefaultValueFactory = _ => BulkImport.DefaultJobs,
    };

    private readonly Option<bool> dryRun = new("--dry-run")
    {
        Description = "Read and check, say what each file would become, and send nothing.",
    };

    public static Command Build(CliApplication application) => new ImportCommand().BuildCommand(application);

    private Command BuildCommand(CliApplication application)
    {
        var command = new Command(
            "import",
            "Stream recordings into a branch: EDF, BDF, BrainVision, XDF, OpenBCI, Open Ephys, WFDB, SpikeGLX. Run it "
                + "again after a failure: it goes on where it stopped."
        )
        {
            paths,
            branch,
            stream,
            start,
            jobs,
            dryRun,
        };
        command.Validators.Add(Validate);
        application.Bind(command, RunAsync, CliApplication.AcknowledgedIsKept);
        return command;
    }

    private void Validate(CommandResult result)
    {
        if (result.GetValue(branch) is null && !result.GetValue(dryRun))
        {
            result.AddError("Option '--branch' is required.");
        }
    }

    private async Task<ExitCode> RunAsync(Session session, CancellationToken cancellationToken)
    {
        string[] named = session.Arguments.GetRequiredValue(paths);
        int jobCount = session.Arguments.GetValue(jobs);
        if (jobCount is < 1 or > MaxJobs)
        {
            throw new CliException(ExitCode.Usage, "USAGE", $"--jobs takes 1 to {MaxJobs}.");
        }
        CheckStream(session);
        bool one = named.Length == 1 && !Directory.Exists(named[0]);
        if (one && !session.Arguments.GetValue(dryRun))
        {
            return await RunOneAsync(session, named[0], cancellationToken);
        }
        if (!one && (session.Arguments.GetValue(stream) ?? (object?)session.Arguments.GetValue(start)) is not null)
        {
            throw new CliException(ExitCode.Usage, "USAGE", "--stream and --start are for one file, not for several.");
        }
        var files = await RecordingFolder.FindAsync(named, cancellationToken);
        if (one)
        {
            var streamId = session.Arguments.GetValue(stream) ?? StreamIds.OfFile(named[0]);
            files = [.. files.Select(file => file with { StreamId = streamId })];
        }
        var bulk = new BulkImport(session, files)
        {
            Start = session.Arguments.GetValue(start),
            Branch = session.Arguments.GetValue(branch) ?? "",
            Jobs = jobCount,
            DryRun = session.Arguments.GetValue(dryRun),
        };
        var report = await bulk.RunAsync(cancellationToken);
        ImportView.Write(session.Output, report);
        return BulkImport.ExitCodeOf(report);
    }

    /// <exception cref="CliException">No id, or the name of a stream of another branch.</exception>
    private void CheckStream(Session session)
    {
        if (session.Arguments.GetValue(stream) is not { } id)
        {
            return;
        }
        session.RequireOneBranch(branch, id, stream.Name);
        if (!ResourceId.IsValid(id) && !StreamName.TryParse(id, out _))
        {
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"{stream.Name} '{id}' is no id of a stream: {ResourceId.Form}."
            );
        }
    }

    private static async Task<RecordingSource> OpenAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await RecordingSource.OpenAsync(path, cancellationToken);
        }
        // Of one file nobody says the name but the error.
        catch (RecordingFormatException refused) when (refused.File.Length == 0)
        {
            throw new RecordingFormatException(refused.Field, refused.Offset, refused.Problem, Path.GetFileName(path));
        }
    }

    private async Task<ExitCode> RunOneAsync(Session session, string path, CancellationToken cancellationToken)
    {
        var source = await OpenAsync(path, cancellationToken);
        foreach (var warning in source.Recording.Warnings)
        {
            session.Output.Warn(warning.ToString());
        }
        var options = new ImportOptions(
            session.Arguments.GetValue(branch)!,
            session.Arguments.GetValue(stream) ?? StreamIds.OfFile(path),
            session.Arguments.GetValue(start)
        );
        var import = new RecordingImport(session.Platform, session.Host.Time);
        var report = await ImportProgress.ShowAsync(
            session.Output,
            progress => import.RunAsync(source, options, progress, cancellationToken)
        );
        ImportView.Write(session.Output, report);
        return ExitCode.Success;
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
}
