using System.CommandLine;
using Dendrite.Cli.Branches;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Tailing;

/// <summary><c>dendrite tail STREAM</c>.</summary>
internal sealed class TailCommand
{
    private readonly Argument<string> stream = new("STREAM") { Description = "Id of the stream." };
    private readonly Option<string> branch = StreamsCommand.BranchOption();

    private readonly Option<long?> from = new("--from")
    {
        Description = "Index of the sample to begin with; what comes from now on without it.",
        HelpName = "SAMPLE",
    };

    private readonly Option<string[]> channels = new("--channels")
    {
        Description = "Labels of the channels, separated by commas; all without it.",
        HelpName = "LABEL,...",
        CustomParser = ListArgument.Parse,
    };

    private readonly Option<bool> samples = new("--samples")
    {
        Description = "Every sample, as 'read' writes them, in place of a line of figures for each second.",
    };

    private readonly Option<bool> physical = new("--physical")
    {
        Description = "With --samples: physical units instead of stored values.",
    };

    private readonly Option<TimeSpan?> maxLag = new("--max-lag")
    {
        Description = "How far this end may fall behind before samples are left out, which it says; 10s without it.",
        HelpName = "TIME",
        CustomParser = DurationArgument.Parse,
    };

    private TailCommand() { }

    public static Command Build(CliApplication application)
    {
        var tail = new TailCommand();
        var command = new Command(
            "tail",
            "Follow a recording as it grows: a line of figures for each channel and second, until it is finished or "
                + "Ctrl-C."
        )
        {
            tail.stream,
            tail.branch,
            tail.from,
            tail.channels,
            tail.samples,
            tail.physical,
            tail.maxLag,
        };
        application.Bind(command, tail.RunAsync);
        return command;
    }

    private async Task<ExitCode> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var name = session.StreamName(branch, stream);
        var showsSamples = arguments.GetValue(samples);
        var request = new TailRequest
        {
            Stream = name,
            Channels = { arguments.GetValue(channels) ?? [] },
            Format = showsSamples ? SampleFormat.Stored : SampleFormat.PhysicalFloat64,
            MaxLag = arguments.GetValue(maxLag) is { } lag ? Duration.FromTimeSpan(lag) : null,
        };
        if (arguments.GetValue(from) is { } first)
        {
            request.StartSample = first;
        }
        // A platform that is not there is said at once; one that goes away later is waited for.
        var start = await StartTimeAsync(session, name, cancellationToken);
        using var view = showsSamples
            ? new SampleTailView(session.Host, session.Output, arguments.GetValue(physical))
            : (ITailView)new FigureTailView(session.Output, start);
        try
        {
            var live = new LiveStream(session.Platform.Query, request, session.Output, session.Host.Time);
            await foreach (var message in live.ReadAsync(cancellationToken))
            {
                await view.ShowAsync(message, cancellationToken);
            }
            return ExitCode.Success;
        }
        // To be stopped is how a tail ends: there is nothing to report.
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Cancelled;
        }
        finally
        {
            view.Complete();
        }
    }

    private static async Task<Timestamp> StartTimeAsync(
        Session session,
        string name,
        CancellationToken cancellationToken
    )
    {
        var request = new GetStreamRequest { Name = name };
        var found = await session.Platform.Query.GetStreamAsync(request, cancellationToken: cancellationToken);
        return found.Stream.StartTime;
    }
}
