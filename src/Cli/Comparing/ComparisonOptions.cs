using System.CommandLine;
using Dendrite.Cli.Branches;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Duration = Google.Protobuf.WellKnownTypes.Duration;

namespace Dendrite.Cli.Comparing;

/// <summary>How channels are paired and measured: of <c>compare</c> and of <c>report create</c>.</summary>
internal sealed class ComparisonOptions
{
    private readonly Option<string[]?> channels = new("--channels")
    {
        Description = "Only these channels, by label, separated by commas; not with --by-location.",
        HelpName = "A,B",
        CustomParser = ListArgument.Parse,
    };

    private readonly Option<string[]> pairs = new("--pair")
    {
        Description =
            "A channel and its counterpart, such as night1/C3=night2/C4; may be repeated. Only these are "
            + "compared, and with --by-location the others too.",
        HelpName = "STREAM/CHANNEL=STREAM/CHANNEL",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
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
        HelpName = "C",
        Description = "Confidence of intervals, 0 to 1; 0.95 without it.",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { channels, pairs, bands, window, byLocation, line, confidence })
        {
            command.Add(option);
        }
    }

    /// <exception cref="CliException">A pair is none; a channel is not on both sides; the options exclude each other.
    /// </exception>
    public async Task<ExperimentComparisonOptions> ReadAsync(
        Session session,
        Comparand comparand,
        CancellationToken cancellationToken
    )
    {
        var arguments = session.Arguments;
        var labels = arguments.GetValue(channels) ?? [];
        if (labels.Length > 0 && arguments.GetValue(byLocation))
        {
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                "--channels and --by-location exclude each other: name the pairs by --pair, or leave one of them out."
            );
        }

        var options = new ExperimentComparisonOptions
        {
            Pairing = arguments.GetValue(byLocation) ? ChannelPairing.Location : ChannelPairing.Label,
            WindowLength = arguments.GetValue(window) is { } length ? Duration.FromTimeSpan(length) : null,
            LineFrequencyHz = arguments.GetValue(line),
            Confidence = arguments.GetValue(confidence),
        };
        options.Bands.AddRange(arguments.GetValue(bands) ?? []);
        options.Pairs.AddRange(arguments.GetRequiredValue(pairs).Select(GivenPair.Parse));
        if (options.Pairs.Count > 0 && options.Pairing == ChannelPairing.Label)
        {
            options.Pairing = ChannelPairing.Given;
        }

        if (labels.Length > 0)
        {
            var labelled = new LabelledPairs(session.Platform, labels);
            var found = await labelled.FindAsync(comparand, cancellationToken);
            options.Pairs.AddRange(found.Where(pair => !options.Pairs.Contains(pair)));
            options.Pairing = ChannelPairing.Given;
        }

        return options;
    }
}
