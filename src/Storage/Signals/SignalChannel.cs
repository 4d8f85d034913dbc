using Dendrite.Signals.Blocks;

namespace Dendrite.Storage.Signals;

/// <summary>
/// One channel of a stream, as stored. A stored sample <c>s</c> means <c>s * Scale + Offset</c> in <c>Unit</c>.
/// </summary>
/// <param name="Label">Its name, unique in the stream, such as <c>Fp1</c>.</param>
/// <param name="SampleType">How its samples are stored; one type for each channel group.</param>
/// <param name="ChannelGroup">Which group of channels it is stored with, counted from 0 without holes.</param>
public sealed record SignalChannel(string Label, SampleType SampleType, int ChannelGroup)
{
    /// <summary>UCUM symbol such as <c>uV</c>; empty where the recording does not say.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Physical units per digital step.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The physical value of digital 0.</summary>
    public double Offset { get; init; }

    /// <summary>
    /// Bounds that the device declares: digital values and the physical ones they mean; null where not declared.
    /// </summary>
    public double? PhysicalMinimum { get; init; }
    public double? PhysicalMaximum { get; init; }
    public long? DigitalMinimum { get; init; }
    public long? DigitalMaximum { get; init; }

    public string Transducer { get; init; } = "";
    public string Prefilter { get; init; } = "";
    public string Modality { get; init; } = "";
    public string Location { get; init; } = "";
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>The channels that one block holds, in the order in which it lays them down.</summary>
/// <param name="SampleType">Of all of them.</param>
/// <param name="Channels">Indexes into the stream's channels, ascending.</param>
public sealed record ChannelGroup(SampleType SampleType, IReadOnlyList<int> Channels)
{
    /// <summary>The groups of these channels, in order. The channels are valid: no holes, one type a group.</summary>
    public static IReadOnlyList<ChannelGroup> Of(IReadOnlyList<SignalChannel> channels) =>
        channels
            .Select((channel, index) => (channel, index))
            .GroupBy(entry => entry.channel.ChannelGroup, entry => entry)
            .OrderBy(group => group.Key)
            .Select(group => new ChannelGroup(
                group.First().channel.SampleType,
                group.Select(entry => entry.index).ToArray()
            ))
            .ToArray();
}
