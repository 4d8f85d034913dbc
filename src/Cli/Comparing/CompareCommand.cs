using System.CommandLine;
using Dendrite.Cli.Branches;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Operations;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Comparing;

/// <summary><c>dendrite compare FROM TO</c>.</summary>
internal static class CompareCommand
{
    public static Command Build(CliApplication application)
    {
        var from = new Argument<string>("FROM") { Description = "The old side: a branch, BRANCH@POINT or tag:NAME." };
        var to = new Argument<string>("TO") { Description = "The new side, likewise." };
        var options = new CompareOptions();
        var command = new Command("compare", "Measure two experiments and test whether their signals differ.")
        {
            from,
            to,
        };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var comparand = new Comparand
                {
                    From = SnapshotArgument.ReadReference(session.Platform, arguments.GetRequiredValue(from)),
                    To = SnapshotArgument.ReadReference(session.Platform, arguments.GetRequiredValue(to)),
                };
                var comparison = await CompareAsync(session, comparand, options, cancellationToken);
                CompareView.Write(session.Output, comparison);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task<ExperimentComparison> CompareAsync(
        Session session,
        Comparand comparand,
        CompareOptions options,
        CancellationToken cancellationToken
    )
    {
        var request = new CompareExperimentsRequest
        {
            Project = session.Platform.ProjectName,
            Comparand = comparand,
            Options = await options.ReadAsync(session, comparand, cancellationToken),
            RequestId = session.NewRequestId(),
        };
        var answer = await session.Platform.Experiments.CompareExperimentsAsync(
            request,
            cancellationToken: cancellationToken
        );
        var operation = answer.Operation;
        if (operation.EndTime is null)
        {
            session.Output.Note($"It goes on if this ends: dendrite operation wait {OperationView.IdOf(operation)}");
        }

        var done = await OperationWait.UntilDoneAsync(session, operation, cancellationToken);
        return OperationWait.RequireSuccess(done).Response.Unpack<ExperimentComparison>();
    }

    /// <summary>How channels are paired and measured.</summary>
    private sealed class CompareOptions
    {
        private readonly Option<string[]?> channels = new("--channels")
        {
            Description = "Only these channels, by label, separated by commas.",
            HelpName = "A,B",
            CustomParser = result => result.Tokens[0].Value.Split(',', StringSplitOptions.RemoveEmptyEntries),
        };

        private readonly Option<FrequencyBand[]?> bands = BandsOption.Create();

        private readonly Option<TimeSpan?> window = new("--window")
        {
            Description = "Length of a window, such as 4s; 2 seconds without it.",
            HelpName = "TIME",
            CustomParser = DurationArgument.Parse,
        };

        private readonly Option<bool> byLocation = new("--by-location")
        {
            Description = "Pair channels by where they were placed instead of by stream and label.",
        };

        private readonly Option<double> line = new("--line")
        {
            Description = "Frequency of the mains, in hertz; 50 without it.",
            HelpName = "HZ",
        };

        private readonly Option<double> confidence = new("--confidence")
        {
            Description = "Confidence of intervals, 0 to 1; 0.95 without it.",
        };

        public void AddTo(Command command)
        {
            command.Add(channels);
            command.Add(bands);
            command.Add(window);
            command.Add(byLocation);
            command.Add(line);
            command.Add(confidence);
        }

        public async Task<ExperimentComparisonOptions> ReadAsync(
            Session session,
            Comparand comparand,
            CancellationToken cancellationToken
        )
        {
            var arguments = session.Arguments;
            var options = new ExperimentComparisonOptions
            {
                Pairing = arguments.GetValue(byLocation) ? ChannelPairing.Location : ChannelPairing.Label,
                WindowLength = arguments.GetValue(window) is { } length ? Duration.FromTimeSpan(length) : null,
                LineFrequencyHz = arguments.GetValue(line),
                Confidence = arguments.GetValue(confidence),
            };
            options.Bands.AddRange(arguments.GetValue(bands) ?? []);
            if (arguments.GetValue(channels) is { Length: > 0 } labels)
            {
                var pairs = new LabelledPairs(session.Platform, labels);
                options.Pairs.AddRange(await pairs.FindAsync(comparand, cancellationToken));
                options.Pairing = ChannelPairing.Given;
            }

            return options;
        }
    }
}
