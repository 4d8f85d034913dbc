using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.Signals.Formats.Raw;

namespace Dendrite.Cli.Export;

/// <summary><c>dendrite export STREAM... -o FILE</c>.</summary>
internal sealed class ExportCommand
{
    /// <summary>The name of standard output as a file.</summary>
    public const string StandardOutput = "-";

    private readonly Argument<string[]> streams = new("STREAM")
    {
        Description = "Ids of streams; for a file that was imported as several, the id without their rates.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> branch = StreamsCommand.BranchOption();
    private readonly Option<string?> at = SnapshotOption.Create();
    private readonly WindowOptions window = new();

    private readonly Option<string> output = new("--output", "-o")
    {
        Description = "The file; - for standard output.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string?> format = new("--format")
    {
        Description = "edf, bdf (continuous or not, as needed), edf+c, edf+d, bdf+c, bdf+d, csv, raw; else by FILE.",
        HelpName = "FORMAT",
    };

    private readonly Option<bool> digital = new("--digital")
    {
        Description = "CSV: stored values instead of physical ones.",
    };

    private readonly Option<string> layout = new("--layout")
    {
        Description = "raw: interleaved, all channels of an instant together; planar, one channel after the other.",
        HelpName = "LAYOUT",
        DefaultValueFactory = _ => "interleaved",
    };

    private readonly Option<bool> scale = new("--scale")
    {
        Description = "EDF, BDF: round samples that have more bits than the format, or are floats, to what it holds.",
    };

    private readonly Option<bool> fill = new("--fill")
    {
        Description = "EDF, BDF: write what is missing as digital 0, noted by annotations, instead of as gaps.",
    };

    private readonly Option<bool> shorten = new("--shorten")
    {
        Description = "EDF, BDF: cut labels and units that are too long or not ASCII.",
    };

    private readonly Option<bool> force = new("--force") { Description = "Replace the file if there is one." };

    public static Command Build(CliApplication application) => new ExportCommand().BuildCommand(application);

    private Command BuildCommand(CliApplication application)
    {
        format.AcceptOnlyFromAmong(ExportFormat.Names);
        layout.AcceptOnlyFromAmong("interleaved", "planar");
        var command = new Command("export", "Write recordings to a file: EDF+, BDF+, CSV or raw samples.")
        {
            streams,
            branch,
            at,
            output,
            format,
        };
        window.AddTo(command);
        foreach (var option in new Option[] { digital, layout, scale, fill, shorten, force })
        {
            command.Add(option);
        }
        application.Bind(command, RunAsync);
        return command;
    }

    private async Task<ExitCode> RunAsync(Session session, CancellationToken cancellationToken)
    {
        long began = session.Host.Time.GetTimestamp();
        var arguments = session.Arguments;
        string given = arguments.GetRequiredValue(output);
        string path = ExportTarget.IsStandardOutput(given) ? StandardOutput : given;
        var wanted = ExportFormat.Of(arguments.GetValue(format), path);
        var changes = ReadChanges(session);
        bool hasSidecar = HasSidecar(wanted, path);
        foreach (string name in arguments.GetRequiredValue(streams).Where(name => name.Contains('/')))
        {
            session.RequireOneBranch(branch, name, streams.Name);
        }
        CheckOutput(session, path, wanted, changes);
        var selection = new ExportSelection(
            arguments.GetRequiredValue(branch),
            SnapshotOption.Read(session, at),
            arguments.GetRequiredValue(streams),
            window.Channels(session)
        );
        var selector = new StreamSelector(session.Platform, selection);
        var (from, to) = window.Limits(session);
        var selected = await selector.FindAsync(from, to, cancellationToken);
        if (selected.Count > 1 && wanted.Width is null)
        {
            string names = string.Join(", ", selected.Select(stream => stream.Stream.Name));
            throw Usage($"{wanted.Name} holds one stream. Name one of {names}.");
        }
        var recording = await StoredRecording.OpenAsync(session.Platform, selected, selector.At, cancellationToken);
        var export = new RecordingExport(session.Platform, recording, selected, selector.At, changes);
        var written = await WriteAsync(session, export, wanted, path, cancellationToken);
        string? sidecar = null;
        if (hasSidecar)
        {
            sidecar = $"{path}.json";
            await using var target = Create(session, sidecar);
            var source = (selected[0].Stream.Name, selector.Version);
            var json = new RawSidecar(recording, stream: 0, changes.Layout);
            await json.WriteAsync(target.Stream, Path.GetFileName(path), source, cancellationToken);
            await target.KeepAsync(cancellationToken);
        }
        var report = new ExportReport(
            path,
            sidecar,
            written.Format,
            [.. selected.Select(stream => stream.Stream.Name)],
            selector.Version,
            selected.Sum(stream => stream.Channels.Count),
            recording.Recording.Streams[0].SampleCount,
            written.Bytes,
            written.Warnings,
            session.Host.Time.GetElapsedTime(began).TotalSeconds
        );
        ExportView.Write(session.Output, report);
        return ExitCode.Success;
    }

    private ExportChanges ReadChanges(Session session) =>
        new(
            session.Arguments.GetValue(digital),
            session.Arguments.GetValue(scale),
            session.Arguments.GetValue(fill),
            session.Arguments.GetValue(shorten),
            session.Arguments.GetValue(layout) == "planar" ? RawLayout.Planar : RawLayout.Interleaved
        );

    /// <summary>What can be known to fail is said before anything is read.</summary>
    private void CheckOutput(Session session, string path, ExportFormat wanted, ExportChanges changes)
    {
        if (path == StandardOutput && session.Output.IsJson)
        {
            throw Usage("--json reports on standard output, where the file goes. Give a file, or leave --json out.");
        }
        bool isFile = path != StandardOutput && !ExportTarget.IsDevice(path);
        if (!isFile && wanted == ExportFormat.Raw && changes.Layout == RawLayout.Planar)
        {
            throw Usage("--layout planar needs a file: it is not written from beginning to end.");
        }
        string[] files =
            !isFile ? []
            : HasSidecar(wanted, path) ? [path, $"{path}.json"]
            : [path];
        if (!session.Arguments.GetValue(force) && files.FirstOrDefault(File.Exists) is { } there)
        {
            throw ExportTarget.Exists(there);
        }
    }

    /// <summary>What raw samples are is said in a file beside them; a device has no place for one.</summary>
    private static bool HasSidecar(ExportFormat wanted, string path) =>
        wanted == ExportFormat.Raw && path != StandardOutput && !ExportTarget.IsDevice(path);

    private async Task<(string Format, IReadOnlyList<string> Warnings, long Bytes)> WriteAsync(
        Session session,
        RecordingExport export,
        ExportFormat wanted,
        string path,
        CancellationToken cancellationToken
    )
    {
        if (path == StandardOutput)
        {
            await using var standard = new CountingStream(session.Host.OpenBinaryOutput());
            var (name, notes) = await export.WriteAsync(wanted, session.Output, standard, cancellationToken);
            await standard.FlushAsync(cancellationToken);
            return (name, notes, standard.Length);
        }
        await using var target = Create(session, path);
        var (format, warnings) = await export.WriteAsync(wanted, session.Output, target.Stream, cancellationToken);
        long bytes = target.Stream.Length;
        await target.KeepAsync(cancellationToken);
        return (format, warnings, bytes);
    }

    private ExportTarget Create(Session session, string path) =>
        ExportTarget.Create(
            path,
            session.NewRequestId(),
            session.Arguments.GetValue(force),
            session.Host.OpenBinaryOutput
        );

    private static CliException Usage(string message) => new(ExitCode.Usage, "USAGE", message);
}
