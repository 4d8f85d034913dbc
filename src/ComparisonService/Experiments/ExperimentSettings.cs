using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Band = Dendrite.Signals.Analysis.FrequencyBand;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>How experiments are paired and measured: options with every default filled in.</summary>
internal static class ExperimentSettings
{
    private const int MaxBands = 16;
    private const int MaxBandNameLength = 32;
    private const int MaxPairs = 4_096;
    private const double DefaultLineHz = 50;
    private const double MaxFrequencyHz = 1e6;
    private const double DefaultConfidence = 0.95;
    private const double MaxWindowSeconds = 600;
    private const double MinWindowSeconds = 0.001;
    private static readonly Duration DefaultWindow = new() { Seconds = 2 };

    private static readonly FrequencyBand[] DefaultBands =
    [
        Named("delta", Band.Delta),
        Named("theta", Band.Theta),
        Named("alpha", Band.Alpha),
        Named("beta", Band.Beta),
        Named("gamma", Band.Gamma),
    ];

    /// <exception cref="DendriteException">INVALID_ARGUMENT, with the field.</exception>
    public static ExperimentComparisonOptions Settle(ExperimentComparisonOptions? asked)
    {
        var options = asked?.Clone() ?? new();
        options.Pairing = options.Pairing switch
        {
            ChannelPairing.Unspecified => ChannelPairing.Label,
            ChannelPairing.Label or ChannelPairing.Location or ChannelPairing.Given => options.Pairing,
            _ => throw Invalid("pairing", $"{(int)options.Pairing} is none that this server knows"),
        };
        options.WindowLength ??= DefaultWindow;
        var seconds = SecondsOf(options.WindowLength);
        if (!(seconds is >= MinWindowSeconds and <= MaxWindowSeconds))
        {
            throw Invalid("window_length", $"{seconds} s is not from 1 millisecond to 10 minutes");
        }

        // JSON has no form for others.
        if (options.WindowLength.Nanos is < 0 or > 999_999_999)
        {
            throw Invalid(
                "window_length",
                "has nanos that are not from 0 to 999,999,999; put whole seconds in seconds"
            );
        }

        options.LineFrequencyHz = OrDefault(options.LineFrequencyHz, DefaultLineHz);
        if (!(options.LineFrequencyHz is > 0 and <= MaxFrequencyHz))
        {
            throw Invalid("line_frequency_hz", $"{options.LineFrequencyHz} is no frequency; 50 or 60 is usual");
        }

        options.Confidence = OrDefault(options.Confidence, DefaultConfidence);
        if (!(options.Confidence is > 0 and < 1))
        {
            throw Invalid("confidence", $"{options.Confidence} is not between 0 and 1; 0.95 is usual");
        }

        SettleBands(options, seconds);
        CheckPairs(options);
        return options;
    }

    public static double SecondsOf(Duration duration) => duration.Seconds + (duration.Nanos / 1e9);

    public static Band[] BandsOf(ExperimentComparisonOptions options) =>
        [.. options.Bands.Select(band => new Band(band.LowHz, band.HighHz))];

    private static void SettleBands(ExperimentComparisonOptions options, double windowSeconds)
    {
        if (options.Bands.Count == 0)
        {
            options.Bands.AddRange(DefaultBands.Where(band => band.HighHz - band.LowHz >= 1 / windowSeconds));
            return;
        }

        if (options.Bands.Count > MaxBands)
        {
            throw Invalid("bands", $"has {options.Bands.Count}; at most {MaxBands} are compared at once");
        }

        for (var i = 0; i < options.Bands.Count; i++)
        {
            CheckBand(options.Bands[i], windowSeconds, $"bands[{i}]");
            if (options.Bands.Take(i).Any(other => other.Band == options.Bands[i].Band))
            {
                throw Invalid($"bands[{i}].band", $"'{options.Bands[i].Band}' is there twice; name each differently");
            }
        }
    }

    private static void CheckBand(FrequencyBand band, double windowSeconds, string field)
    {
        if (band.Band.Length > MaxBandNameLength || !ResourceId.IsValid(band.Band))
        {
            throw Invalid(
                $"{field}.band",
                $"'{RequestFields.Excerpt(band.Band)}' is no name for a band; one is {ResourceId.Form}, "
                    + $"of at most {MaxBandNameLength} characters"
            );
        }

        if (!(band.LowHz is >= 0 and <= MaxFrequencyHz))
        {
            throw Invalid($"{field}.low_hz", $"{band.LowHz} is no frequency in hertz");
        }

        if (!(band.HighHz > band.LowHz && band.HighHz <= MaxFrequencyHz))
        {
            throw Invalid($"{field}.high_hz", $"{band.HighHz} is not above the lower end, {band.LowHz}");
        }

        if (band.HighHz - band.LowHz < 1 / windowSeconds)
        {
            throw Invalid(
                $"{field}.high_hz",
                $"the band is narrower than {1 / windowSeconds} Hz, which is all that a window of "
                    + $"{windowSeconds} s tells "
                    + "apart; make it wider or the window longer"
            );
        }
    }

    private static void CheckPairs(ExperimentComparisonOptions options)
    {
        if (options.Pairs.Count > MaxPairs)
        {
            throw Invalid("pairs", $"has {options.Pairs.Count}; at most {MaxPairs} are compared at once");
        }

        if (options.Pairing == ChannelPairing.Given && options.Pairs.Count == 0)
        {
            throw Invalid("pairs", "is empty, and pairing is GIVEN; give pairs, or pair by LABEL or LOCATION");
        }

        HashSet<ChannelPair> seen = [];
        for (var i = 0; i < options.Pairs.Count; i++)
        {
            if (!seen.Add(options.Pairs[i]))
            {
                throw Invalid($"pairs[{i}]", "is there twice; give each pair once");
            }
        }
    }

    private static double OrDefault(double value, double ofZero) => value == 0 ? ofZero : value;

    private static FrequencyBand Named(string name, Band band) =>
        new()
        {
            Band = name,
            LowHz = band.Low,
            HighHz = band.High,
        };

    private static DendriteException Invalid(string field, string problem) =>
        DendriteException.Invalid($"options.{field}", problem);
}
