using Dendrite.ComparisonService.Streams;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.ComparisonService.Tests.Streams;

public sealed class DescriptorDifferenceTests
{
    private static readonly SignalChannel Channel = new("Cz", SampleType.Int16, ChannelGroup: 0)
    {
        Labels = new Dictionary<string, string> { ["cap"] = "left", ["gel"] = "wet" },
    };

    private static readonly Dictionary<string, SignalChannel> Others = new()
    {
        ["sample_type"] = Channel with { SampleType = SampleType.Int32 },
        ["channel_group"] = Channel with { ChannelGroup = 1 },
        ["unit"] = Channel with { Unit = "uV" },
        ["scale"] = Channel with { Scale = 0.5 },
        ["offset"] = Channel with { Offset = 1 },
        ["physical_minimum"] = Channel with { PhysicalMinimum = -1 },
        ["physical_maximum"] = Channel with { PhysicalMaximum = 1 },
        ["digital_minimum"] = Channel with { DigitalMinimum = -2048 },
        ["digital_maximum"] = Channel with { DigitalMaximum = 2047 },
        ["transducer"] = Channel with { Transducer = "AgCl" },
        ["prefilter"] = Channel with { Prefilter = "HP:0.1Hz" },
        ["modality"] = Channel with { Modality = "EEG" },
        ["location"] = Channel with { Location = "vertex" },
        ["a label more"] = WithLabels(("cap", "left"), ("gel", "wet"), ("amp", "2")),
        ["a label less"] = WithLabels(("cap", "left")),
        ["a label of another value"] = WithLabels(("cap", "left"), ("gel", "dry")),
        ["a label of another name"] = WithLabels(("cap", "left"), ("paste", "wet")),
    };

    public static TheoryData<string> What => [.. Others.Keys];

    [Theory]
    [MemberData(nameof(What))]
    public void A_channel_that_is_described_otherwise_is_changed(string what)
    {
        var there = DescriptorDifference.Between(StreamOf(Channel), StreamOf(Others[what]));
        var back = DescriptorDifference.Between(StreamOf(Others[what]), StreamOf(Channel));

        Assert.Equal(["Cz"], there.ChannelsChanged);
        Assert.Equal(["Cz"], back.ChannelsChanged);
        Assert.False(there.IsEmpty);
    }

    [Fact]
    public void The_order_in_which_labels_were_written_is_no_difference()
    {
        var turned = WithLabels(("gel", "wet"), ("cap", "left"));

        Assert.True(DescriptorDifference.Between(StreamOf(Channel), StreamOf(turned)).IsEmpty);
    }

    private static SignalChannel WithLabels(params (string Key, string Value)[] labels) =>
        Channel with
        {
            Labels = labels.ToDictionary(label => label.Key, label => label.Value),
        };

    private static SignalStream StreamOf(SignalChannel channel) =>
        new(1, Guid.Empty, new("eeg", new(100, 1), 0, [channel]), CommitVersion.Zero, Finished: false);
}
