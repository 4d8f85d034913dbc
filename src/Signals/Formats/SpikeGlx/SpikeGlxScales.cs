using System.Globalization;
using System.Text.RegularExpressions;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.SpikeGlx;

/// <summary>
/// What a step of a channel is in microvolts: the converter's range over its number of steps, over the channel's gain,
/// which is one for the band of spikes and one for that of field potentials. Channels of Neuropixels 1.0 and before are
/// set one by one, so theirs stand in the table of the probe's settings. Of other probes all channels have the gains of
/// the first (<c>imChan0apGain</c>, <c>imChan0lfGain</c>), which 1.0 probes state too; files from before those fields
/// have them in the table's head (type 1110), or the probe's type says it (2.0).
/// </summary>
internal sealed partial class SpikeGlxScales
{
    private const double MicrovoltsPerVolt = 1e6;
    private const int MaxChannels = 65_536;

    /// <summary>Types of Neuropixels 1.0 and before; 3A says none.</summary>
    private static readonly HashSet<string> TypesWithTable =
    [
        "",
        "0",
        "1015",
        "1020",
        "1022",
        "1030",
        "1031",
        "1032",
        "1100",
        "1120",
        "1121",
        "1122",
        "1123",
        "1200",
        "1300",
    ];

    /// <summary>Gains of types of Neuropixels 2.0: those of its development, then those that were sold.</summary>
    private static readonly Dictionary<string, double> FixedGains = new()
    {
        ["21"] = 80,
        ["24"] = 80,
        ["2003"] = 100,
        ["2004"] = 100,
        ["2013"] = 100,
        ["2014"] = 100,
        ["2020"] = 100,
        ["2021"] = 100,
    };

    private readonly string kind;
    private readonly FieldText range;
    private readonly double volts;
    private readonly double steps;
    private readonly string sorts;
    private readonly int[] counts;
    private readonly IReadOnlyList<(double Spikes, double Fields)> table;
    private readonly (double Spikes, double Fields)? common;
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
        range = meta.Get($"{prefix}AiRangeMax");
        volts = range.ReadDouble();
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
        table = ReadTable(meta);
        common = ReadCommon(meta);
        multiplexedGain = Gain(meta.Find("niMNGain").Text);
        multiplexedAuxGain = Gain(meta.Find("niMAGain").Text);
    }

    /// <summary>Whether a probe has channels whose gain nobody states.</summary>
    public bool LacksGains => sorts == "ApLfSy" && common is null && table.Count < counts.Take(2).Max();

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

    /// <summary>Name of an acquired channel, and its step in microvolts; null for digital lines or no gain.</summary>
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
                return ($"{names[sort]}{within}", gain is { } g ? Step(g) : null);
            }
            within -= counts[sort];
        }
        return ($"CH{channel}", null);
    }

    private double Step(double gain)
    {
        double step = volts / steps / gain * MicrovoltsPerVolt;
        return volts > 0 && double.IsNormal(step)
            ? step
            : throw range.Refuse($"{range.Text} V make a step of {step} uV: no converter has such a range.");
    }

    private double? GainOf(string sort, int channel) =>
        sort switch
        {
            "AP" => GainsOf(channel)?.Spikes,
            "LF" => GainsOf(channel)?.Fields,
            "MN" => multiplexedGain,
            "MA" => multiplexedAuxGain,
            "XA" => 1,
            _ => null,
        };

    private (double Spikes, double Fields)? GainsOf(int channel) => channel < table.Count ? table[channel] : common;

    /// <summary>
    /// Entries as <c>(0 0 0 500 250 1)</c>: channel, bank, reference, gain of spikes, gain of fields. Those of other
    /// probes have no gains.
    /// </summary>
    private static IReadOnlyList<(double, double)> ReadTable(SpikeGlxMeta meta) =>
        TypesWithTable.Contains(meta.Find("imDatPrb_type").Text)
            ?
            [
                .. Entry()
                    .Matches(meta.Find("imroTbl").Text)
                    .Select(match => match.Groups["entry"].Value.Split(' '))
                    .Where(entry => entry.Length >= 5)
                    .Select(entry => (Gain(entry[3]), Gain(entry[4]))),
            ]
            : [];

    /// <summary>
    /// What the file says of its first channel, or else what is known of the probe; null where that is nothing.
    /// </summary>
    private static (double, double)? ReadCommon(SpikeGlxMeta meta)
    {
        string spikes = meta.Find("imChan0apGain").Text;
        if (spikes.Length > 0)
        {
            string fields = meta.Find("imChan0lfGain").Text;
            return (Gain(spikes), Gain(fields.Length > 0 ? fields : spikes));
        }
        string type = meta.Find("imDatPrb_type").Text;
        if (type == "1110" && Head().Match(meta.Find("imroTbl").Text) is { Success: true } head)
        {
            return (Gain(head.Groups["spikes"].Value), Gain(head.Groups["fields"].Value));
        }
        return FixedGains.TryGetValue(type, out double gain) ? (gain, gain) : null;
    }

    private static double Gain(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out double gain) && double.IsFinite(gain) && gain != 0
            ? gain
            : 1;

    [GeneratedRegex(@"\((?<entry>\d+( -?\d+)+)\)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Entry();

    /// <summary>As <c>(1110,2,0,500,250,1)</c>: type, mode of columns, reference, gains of spikes and fields.</summary>
    [GeneratedRegex(
        @"^\(1110,-?\d+,-?\d+,(?<spikes>\d+),(?<fields>\d+)[,)]",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Head();
}
