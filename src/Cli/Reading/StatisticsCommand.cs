using System.CommandLine;
using Dendrite.Cli.Branches;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Reading;

/// <summary><c>dendrite statistics STREAM</c>.</summary>
internal static class StatisticsCommand
{
    private static readonly (string Name, SignalStatistic Statistic)[] Names =
    [
        ("mean", SignalStatistic.Mean),
        ("variance", SignalStatistic.Variance),
        ("rms", SignalStatistic.RootMeanSquare),
        ("line-length", SignalStatistic.LineLength),
        ("delta", SignalStatistic.DeltaPower),
        ("theta", SignalStatistic.ThetaPower),
        ("alpha", SignalStatistic.AlphaPower),
        ("beta", SignalStatistic.BetaPower),
        ("gamma", SignalStatistic.GammaPower),
    ];

    public static Command Build(CliApplication application)
    {
        var stream = new Argument<string>("STREAM") { Description = "Id of the stream." };
        var branch = StreamsCommand.BranchOption();
        var at = SnapshotOption.Create();
        var range = new WindowOptions();
        var window = WindowOption("--window", "Length of a window, such as 10s; one over the whole range without it.");
        var step = WindowOption("--step", "From the start of a window to the next; --window without it.");
        var only = OnlyOption();
        var command = new Command(
            "statistics",
            "Compute mean, variance, RMS, line length and band powers of windows of a recording. Variance and "
                + "powers are in the square of the channel's unit."
        )
        {
            stream,
            branch,
            at,
        };
        range.AddTo(command);
        command.Add(window);
        command.Add(step);
        command.Add(only);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                // Empty, not null, where the option is not given.
                var chosen = arguments.GetValue(only) is { Length: > 0 } asked
                    ? asked
                    : [.. Names.Select(entry => entry.Name)];
                var request = new ReadStatisticsRequest
                {
                    Stream = session.StreamName(branch, stream),
                    At = SnapshotOption.Read(session, at),
                    Channels = { range.Channels(session) },
                    Statistics = { chosen.Select(name => Names.First(entry => entry.Name == name).Statistic) },
                    WindowLength = ToDuration(arguments.GetValue(window)),
                    WindowStep = ToDuration(arguments.GetValue(step)),
                };
                if (await range.RangeAsync(session, request.Stream, request.At, cancellationToken) is { } samples)
                {
                    request.Samples = samples;
                }
                await WriteAsync(session, request, chosen, cancellationToken);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Option<TimeSpan?> WindowOption(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "TIME",
            CustomParser = DurationArgument.Parse,
        };

    private static Option<string[]?> OnlyOption() =>
        new("--only")
        {
            Description =
                $"Which figures, separated by commas: {string.Join(", ", Names.Select(entry => entry.Name))}.",
            HelpName = "NAME,...",
            CustomParser = result =>
            {
                string[] asked = ListArgument.Parse(result);
                if (asked.FirstOrDefault(name => Names.All(entry => entry.Name != name)) is { } unknown)
                {
                    result.AddError($"--only: '{unknown}' is no figure; see --help for those there are.");
                }
                return asked;
            },
        };

    private static Duration? ToDuration(TimeSpan? time) => time is { } given ? Duration.FromTimeSpan(given) : null;

    /// <summary>Of each channel; of variances and powers it is the square.</summary>
    private static async Task<Dictionary<string, string>> UnitsAsync(
        Session session,
        ReadStatisticsRequest request,
        CancellationToken cancellationToken
    )
    {
        var found = await session.Platform.Query.GetStreamAsync(
            new GetStreamRequest { Name = request.Stream, At = request.At },
            cancellationToken: cancellationToken
        );
        return found.Stream.Channels.ToDictionary(channel => channel.Label, channel => channel.Unit);
    }

    private static async Task WriteAsync(
        Session session,
        ReadStatisticsRequest request,
        string[] chosen,
        CancellationToken cancellationToken
    )
    {
        using var call = session.Platform.Query.ReadStatistics(request, cancellationToken: cancellationToken);
        var units = session.Output.IsJson ? [] : await UnitsAsync(session, request, cancellationToken);
        string[] figureNames = [.. chosen.Select(name => name.ToUpperInvariant())];
        string[] heading = ["CHANNEL", "FROM", "TO", "SAMPLES", .. figureNames, "UNIT"];
        var table = new TextTable(heading);
        var count = 0;
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var row = call.ResponseStream.Current;
            if (session.Output.IsJson)
            {
                session.Output.WriteMessage(row);
                continue;
            }
            string[] figures = [.. row.Values.Select(value => $"{value:G6}")];
            table.Add([
                row.Channel,
                $"{row.Window.StartSample}",
                $"{row.Window.EndSample}",
                $"{row.SampleCount}",
                .. figures,
                units.GetValueOrDefault(row.Channel, ""),
            ]);
            count++;
        }
        if (session.Output.IsJson)
        {
            return;
        }
        if (count == 0)
        {
            session.Output.WriteLine("No window fits into what is there.");
            return;
        }
        table.WriteTo(session.Output);
    }
}
