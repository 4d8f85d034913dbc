using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Import;
using Dendrite.Contracts.Names;
using Dendrite.Signals.Synthetic;
using Dendrite.V1;
using Grpc.Core;
using SampleType = Dendrite.Signals.Blocks.SampleType;

namespace Dendrite.Cli.Simulation;

/// <summary><c>dendrite simulate --branch B</c>.</summary>
internal sealed class SimulateCommand
{
    /// <summary>What a process has files, timers and memory for: each has a spool and a call of its own.</summary>
    private const int MaxGateways = 5_000;

    /// <summary>As a stream may have.</summary>
    private const int MaxChannels = 65_536;

    private readonly Option<string> branch = new("--branch", "-b")
    {
        Description = "The branch to stream into.",
        HelpName = "BRANCH",
        Required = true,
    };

    private readonly Option<string> stream = new("--stream", "-s")
    {
        Description = "Id of the stream; several gateways get a number each: sim-1, sim-2.",
        HelpName = "ID",
        DefaultValueFactory = _ => "sim",
    };

    private readonly Option<int> gateways = Number("--gateways", "How many devices, each on a gateway of its own.", 1);
    private readonly Option<string?> file = new("--file")
    {
        Description = "Plays a recording, of any format that import takes, instead of synthetic EEG.",
        HelpName = "FILE",
    };
    private readonly Option<int> channels = Number("--channels", "Channels of a synthetic device.", 64);
    private readonly Option<int> rate = Number("--rate", "Its samples a second, of each channel.", 256);
    private readonly Option<SampleType?> type = new("--type")
    {
        Description = "Its sample type; int16 without it.",
        HelpName = "int16|int24|int32|float32|float64",
    };
    private readonly Option<double> seconds = Real("--seconds", "How long it runs, by its own clock.", 60);
    private readonly Option<int> seed = Number("--seed", "Of the signal and of the link's faults.", 1);
    private readonly Option<double> spikes = Real("--spikes", "Epileptiform spikes a minute.", 4);
    private readonly Option<double> line = Real("--line-hz", "Frequency of the mains in the signal.", 50);
    private readonly Option<double> speed = Real("--speed", "Times the device's clock; 0: as fast as it goes.", 1);
    private readonly Option<string?> spool = new("--spool")
    {
        Description = "Directory of the spools, kept: a run that was killed goes on with it. Temporary without it.",
        HelpName = "DIRECTORY",
    };
    private readonly Option<double> spoolLimit = Real("--spool-limit-mib", "Size of a gateway's spool at most.", 1024);
    private readonly Option<double> latency = Real("--latency-ms", "What the link adds, each way.", 0);
    private readonly Option<double> cut = Real("--cut-every-s", "Mean time between losses of connection; 0: none.", 0);
    private readonly Option<double> outage = Real("--outage-s", "How long each lasts, on average.", 2);
    private readonly Option<double> corrupt = Real("--corrupt-every-mib", "Mean distance of flipped bits; 0: none.", 0);
    private readonly Option<bool> verify = new("--verify")
    {
        Description = "Reads everything back at the end and compares it with what the devices gave.",
    };
    private readonly Option<string?> journal = new("--journal")
    {
        Description = "Appends each acknowledgement to a file: stream, sample, version.",
        HelpName = "FILE",
    };

    /// <summary>More than a platform that is there takes to say whether it has a branch.</summary>
    private static readonly TimeSpan LongestCheck = TimeSpan.FromSeconds(5);

    private SimulateCommand() { }

    public static Command Build(CliApplication application)
    {
        var simulate = new SimulateCommand();
        var command = new Command(
            "simulate",
            "Devices on gateways, over a link as bad as wanted: synthetic EEG or a recording, streamed until it is "
                + "durable. Run it again with the same --spool after a kill: it goes on."
        );
        simulate.Options().ForEach(command.Add);
        application.Bind(command, simulate.RunAsync, CliApplication.AcknowledgedIsKept);
        return command;
    }

    private List<Option> Options() =>
        [
            .. new Option[]
            {
                branch,
                stream,
                gateways,
                file,
                channels,
                rate,
                type,
                seconds,
                seed,
                spikes,
                line,
                speed,
            },
            .. new Option[] { spool, spoolLimit, latency, cut, outage, corrupt, verify, journal },
        ];

    private async Task<ExitCode> RunAsync(Session session, CancellationToken cancellationToken)
    {
        Check(session);
        await CheckBranchAsync(session, cancellationToken);
        var streams = await StreamsAsync(session, cancellationToken);
        var view = new SimulationView(session.Output);
        var run = new SimulationRun(session.Platform, ToOptions(session), session.Host.Time)
        {
            OnEvent = view.Tell,
            OnBegin = view.Begin,
        };
        var work = run.RunAsync(streams, cancellationToken);
        var report = await view.ShowAsync(work, session.Host.Time, cancellationToken);
        view.Write(report);
        return report.Verified == false ? ExitCode.Failure : ExitCode.Success;
    }

    /// <summary>
    /// A gateway keeps its samples and asks again until a person has made the branch, or opened it. Here that person is
    /// waiting.
    /// </summary>
    private async Task CheckBranchAsync(Session session, CancellationToken cancellationToken)
    {
        var request = new GetBranchRequest
        {
            Name = session.Platform.BranchName(session.Arguments.GetRequiredValue(branch)),
        };
        GetBranchResponse found;
        try
        {
            var until = session.Host.Time.GetUtcNow().UtcDateTime + LongestCheck;
            found = await session.Platform.Branches.GetBranchAsync(request, null, until, cancellationToken);
        }
        // Whether the platform answers is nothing that a gateway waits for.
        catch (RpcException error) when (error.StatusCode is not (StatusCode.NotFound or StatusCode.InvalidArgument))
        {
            return;
        }
        CheckTakesSamples(found.Branch);
    }

    private static void CheckTakesSamples(Branch branch)
    {
        (ExitCode Code, string Reason, string Problem)? refusal = branch switch
        {
            { State: BranchState.Deleted } => (
                ExitCode.NotFound,
                "BRANCH_NOT_FOUND",
                "is deleted: undelete it, or simulate into another branch"
            ),
            { State: BranchState.Archived } => (
                ExitCode.Conflict,
                "BRANCH_NOT_WRITABLE",
                "is archived: unarchive it, or simulate into another branch"
            ),
            { Protected: true } => (
                ExitCode.Conflict,
                "BRANCH_PROTECTED",
                "is protected and takes merges only: simulate into a branch of it"
            ),
            _ => null,
        };
        if (refusal is { } found)
        {
            throw new CliException(found.Code, found.Reason, $"{branch.Name} {found.Problem}.");
        }
    }

    private SimulationOptions ToOptions(Session session)
    {
        var given = session.Arguments;
        return new()
        {
            Speed = given.GetValue(speed),
            SpoolDirectory = given.GetValue(spool),
            MaxSpoolBytes = (long)(given.GetValue(spoolLimit) * (1 << 20)),
            Verify = given.GetValue(verify),
            Journal = given.GetValue(journal),
            Link = new(
                TimeSpan.FromMilliseconds(given.GetValue(latency)),
                TimeSpan.FromSeconds(given.GetValue(cut)),
                TimeSpan.FromSeconds(given.GetValue(outage)),
                (long)(given.GetValue(corrupt) * (1 << 20)),
                given.GetValue(seed)
            ),
        };
    }

    private async Task<IReadOnlyList<SimulatedStream>> StreamsAsync(Session session, CancellationToken cancellation)
    {
        var given = session.Arguments;
        var count = given.GetValue(gateways);
        var path = given.GetValue(file);
        var source = path is null ? null : await RecordingSource.OpenAsync(path, cancellation);
        List<SimulatedStream> streams = [];
        for (var i = 0; i < count; i++)
        {
            var id = count == 1 ? given.GetValue(stream)! : $"{given.GetValue(stream)}-{i + 1}";
            streams.AddRange(source is null ? [Synthetic(session, id, i)] : Played(session, source, id));
        }

        return streams.Count > 0
            ? streams
            : throw new CliException(
                ExitCode.BadData,
                "FILE_REFUSED",
                $"{path} has no samples that could be played, only what was noted: give a recording of signals."
            );
    }

    private IEnumerable<SimulatedStream> Played(Session session, RecordingSource source, string id) =>
        ImportPlan
            .Of(source, id, start: null)
            .Where(plan => plan.SampleCount > 0)
            .Select(plan => new SimulatedStream(NameOf(session, plan.StreamId), new FileDevice(source, plan)));

    private SimulatedStream Synthetic(Session session, string id, int index)
    {
        var given = session.Arguments;
        var eeg = new SyntheticEegOptions
        {
            ChannelCount = given.GetValue(channels),
            SampleRateHz = given.GetValue(rate),
            Seed = given.GetValue(seed) + index,
            LineFrequencyHz = given.GetValue(line),
            ThetaMicrovolts = 6,
            BetaMicrovolts = 3,
            SpikesPerMinute = given.GetValue(spikes),
        };
        var start = session.Host.Time.GetUtcNow();
        var device = new SyntheticDevice(eeg, given.GetValue(type) ?? SampleType.Int16, given.GetValue(seconds), start);
        return new(NameOf(session, id), device);
    }

    /// <exception cref="CliException">No id: a gateway would ask again and again with it.</exception>
    private string NameOf(Session session, string id)
    {
        var name = session.StreamName(branch, id, stream.Name);
        return StreamName.TryParse(name, out _)
            ? name
            : throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"{stream.Name} '{id}' is no id of a stream: {ResourceId.Form}."
            );
    }

    /// <exception cref="CliException">A number that makes no sense.</exception>
    private void Check(Session session)
    {
        var given = session.Arguments;
        foreach (var option in new[] { gateways, channels, rate })
        {
            Require(given.GetValue(option) >= 1, option, given.GetValue(option), "give 1 or more");
        }

        Require(given.GetValue(gateways) <= MaxGateways, gateways, given.GetValue(gateways), $"{MaxGateways} is most");
        Require(given.GetValue(channels) <= MaxChannels, channels, given.GetValue(channels), $"{MaxChannels} is most");

        foreach (var option in new[] { speed, latency, cut, outage, corrupt, spikes })
        {
            Require(given.GetValue(option) >= 0, option, given.GetValue(option), "give 0 or more");
        }

        Require(given.GetValue(seconds) > 0, seconds, given.GetValue(seconds), "give more than 0");
        Require(given.GetValue(spoolLimit) >= 1, spoolLimit, given.GetValue(spoolLimit), "give 1 or more");
    }

    private static void Require(bool holds, Option option, double value, string remedy)
    {
        if (!holds)
        {
            throw new CliException(ExitCode.Usage, "USAGE", $"{option.Name} {value} makes no sense; {remedy}.");
        }
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => value,
        };

    private static Option<double> Real(string name, string description, double value) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => value,
        };
}
