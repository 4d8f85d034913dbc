using System.Globalization;
using System.Text.RegularExpressions;

namespace Dendrite.Signals.Formats.SpikeGlx;

/// <summary>
/// What a step of a channel is in microvolts: the converter's range over its number of steps, over the channel's gain.
/// The gain of Neuropixels 1.0 and before stands in the table of the probe's settings, for the band of spikes and of
/// field potentials; that of 2.0 is fixed.
/// </summary>
internal sealed partial class SpikeGlxScales
{
    private const double MicrovoltsPerVolt = 1e6;
    private const double FixedGain = 80;
    private const int MaxChannels = 65_536;

    private readonly string kind;
    private readonly double volts;
    private readonly double steps;
    private readonly string sorts;
    private readonly int[] counts;
    private readonly (double Spikes, double Fields)[] gains;
    private readonly double multiplexedGain;
    private readonly double multiplexedAuxGain;

    public SpikeGlxScales(SpikeGlxMeta meta)
    {
        kind = meta.Kind;
        string prefix = kind switch
        {
            "nidq" => "ni",
            "obx" => "ob",
            _ => "im",
        };
        volts = meta.Get($"{prefix}AiRangeMax").ReadDouble();
        string most = meta.Find($"{prefix}MaxInt").Text;
        double otherwise = kind == "imec" ? 512 : 32768;
        steps = double.TryParse(most, CultureInfo.InvariantCulture, out double value) && value > 0 ? value : otherwise;
        sorts = kind switch
        {
            "nidq" => "MnMaXaDw",
            "obx" => "XaDwSy",
            _ => "ApLfSy",
        };
        counts = Counts(meta.Get($"acq{sorts}").Text);
        gains = ReadGains(meta);
        multiplexedGain = Gain(meta.Find("niMNGain").Text);
        multiplexedAuxGain = Gain(meta.Find("niMAGain").Text);
    }

    /// <summary>
    /// Numbers of all channels that this file can have: of each sort as many as were saved, counted among the acquired.
    /// </summary>
    public IReadOnlyList<int> AllOf(SpikeGlxMeta meta)
    {
        int[] saved = Counts(meta.Find($"sns{sorts}").Text);
        var all = new List<int>();
        for (int sort = 0, first = 0; sort < Math.Min(saved.Length, counts.Length); first += counts[sort++])
        {
            all.AddRange(Enumerable.Range(first, Math.Min(saved[sort], counts[sort])));
        }
        return all;
    }

    private static int[] Counts(string text) =>
        [.. text.Split(',').Select(part => int.TryParse(part, out int n) ? Math.Clamp(n, 0, MaxChannels) : 0)];

    /// <summary>Name of an acquired channel, and its step in microvolts; null for digital lines.</summary>
    public (string Name, double? Scale) Of(int channel)
    {
        string[] names = kind switch
        {
            "nidq" => ["MN", "MA", "XA", "DW"],
            "obx" => ["XA", "DW", "SY"],
            _ => ["AP", "LF", "SY"],
        };
        int within = channel;
        for (int sort = 0; sort < Math.Min(names.Length, counts.Length); sort++)
        {
            if (within < counts[sort])
            {
                double? gain = GainOf(names[sort], within);
                return ($"{names[sort]}{within}", gain is { } g ? volts / steps / g * MicrovoltsPerVolt : null);
            }
            within -= counts[sort];
        }
        return ($"CH{channel}", null);
    }

    private double? GainOf(string sort, int channel) =>
        sort switch
        {
            "AP" => channel < gains.Length ? gains[channel].Spikes : FixedGain,
            "LF" => channel < gains.Length ? gains[channel].Fields : FixedGain,
            "MN" => multiplexedGain,
            "MA" => multiplexedAuxGain,
            "XA" => 1,
            _ => null,
        };

    /// <summary>
    /// Entries as <c>(0 0 0 500 250 1)</c>: channel, bank, reference, gain of spikes, gain of fields. Probes of type 21
    /// and above have no gains in theirs.
    /// </summary>
    private static (double, double)[] ReadGains(SpikeGlxMeta meta)
    {
        string table = meta.Find("imroTbl").Text;
        double single = Gain(meta.Find("imChan0apGain").Text);
        bool hasSingle = meta.Find("imChan0apGain").Text.Length > 0;
        var entries = Entry().Matches(table).Select(match => match.Groups["entry"].Value.Split(' ')).ToList();
        bool isFirst = !hasSingle && entries.Count > 0 && entries[0].Length >= 5 && HasGains(meta);
        return
        [
            .. entries.Select(entry =>
                isFirst ? (Gain(entry[3]), Gain(entry.ElementAtOrDefault(4) ?? ""))
                : hasSingle ? (single, single)
                : (FixedGain, FixedGain)
            ),
        ];
    }

    /// <summary>Probe types of Neuropixels 1.0 and before; 3A says no type.</summary>
    private static bool HasGains(SpikeGlxMeta meta) =>
        meta.Find("imDatPrb_type").Text
            is ""
                or "0"
                or "1020"
                or "1030"
                or "1100"
                or "1120"
                or "1121"
                or "1122"
                or "1123"
                or "1200"
                or "1300";

    private static double Gain(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out double gain) && double.IsFinite(gain) && gain != 0
            ? gain
            : 1;

    [GeneratedRegex(@"\((?<entry>\d+( -?\d+)+)\)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Entry();
}
