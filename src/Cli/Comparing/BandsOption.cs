using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Comparing;

/// <summary>Bands as people write them: <c>alpha=8-13,ripple=80-150</c>.</summary>
internal static class BandsOption
{
    public static Option<FrequencyBand[]?> Create() =>
        new("--bands")
        {
            Description = "Frequency bands in hertz, such as alpha=8-13,beta=13-30; delta to gamma without it.",
            HelpName = "NAME=LOW-HIGH,...",
            CustomParser = Parse,
        };

    private static FrequencyBand[] Parse(ArgumentResult result)
    {
        List<FrequencyBand> bands = [];
        foreach (var text in ListArgument.Parse(result))
        {
            if (
                text.Split('=', 2) is [{ Length: > 0 } name, var range]
                && range.Split('-') is [var low, var high]
                && TryRead(low, out var lowHz)
                && TryRead(high, out var highHz)
            )
            {
                bands.Add(
                    new()
                    {
                        Band = name,
                        LowHz = lowHz,
                        HighHz = highHz,
                    }
                );
                continue;
            }

            result.AddError($"--bands: '{text}' is not NAME=LOW-HIGH, such as alpha=8-13.");
        }

        return [.. bands];
    }

    private static bool TryRead(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
}
