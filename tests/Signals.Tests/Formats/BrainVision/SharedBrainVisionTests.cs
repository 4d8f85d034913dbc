using System.Text.Json;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats.BrainVision;

/// <summary>The real recordings, against what another reader found (expected.json beside them).</summary>
public sealed class SharedBrainVisionTests
{
    [Theory]
    [InlineData("test.vhdr")]
    [InlineData("testv2.vhdr")]
    [InlineData("test_units.vhdr")]
    [InlineData("test_old_layout_latin1_software_filter.vhdr")]
    public async Task Everything_is_as_another_reader_found_it(string file)
    {
        var reader = await SharedFiles.OpenAsync($"brainvision/{file}");
        var expected = Expected(file);
        var stream = Assert.Single(reader.Recording.Streams);
        var samples = await ReadSamples.OfAsync(reader);

        Assert.Equal(expected.GetProperty("sample_rate_hz").GetDecimal(), stream.Rate.Hz);
        Assert.Equal(expected.GetProperty("n_samples").GetInt64(), stream.SampleCount);
        Assert.Equal(expected.GetProperty("data_file").GetString(), reader.Files[1]);
        var markers = expected.GetProperty("markers").EnumerateArray().Select(Marker);
        Assert.Equal(markers, stream.Annotations.Select(m => (m.Category, m.Text, m.StartSample + 1)));
        var channels = expected.GetProperty("channels").EnumerateArray().ToList();
        Assert.Equal(channels.Count, stream.Channels.Count);
        foreach (var ((facts, channel), stored) in channels.Zip(stream.Channels).Zip(samples.Channels))
        {
            AssertChannel(facts, channel, stored);
        }
    }

    [Fact]
    public async Task The_first_segment_says_when_the_recording_began()
    {
        var reader = await SharedFiles.OpenAsync("brainvision/test.vhdr");

        Assert.Equal("2013-11-13T16:14:03.7942320+00:00", $"{reader.Recording.StartTime:O}");
    }

    private static void AssertChannel(JsonElement facts, RecordedChannel channel, double[] stored)
    {
        double Fact(string name) => facts.GetProperty(name).GetDouble();
        var values = stored.Select(sample => (sample * channel.Scale) + channel.Offset).ToArray();
        Assert.Equal(facts.GetProperty("name").GetString(), channel.Label);
        Assert.Equal(facts.GetProperty("unit").GetString(), channel.Unit);
        Assert.Equal(Fact("resolution"), channel.Scale);
        Assert.Equal(facts.GetProperty("first5").EnumerateArray().Select(v => v.GetDouble()), values.Take(5));
        Assert.Equal((Fact("min"), Fact("max")), (values.Min(), values.Max()));
        Assert.Equal(Fact("mean"), values.Average(), 1e-9 * Math.Max(1, Math.Abs(Fact("mean"))));
    }

    /// <summary>A marker without a description is shown by its type.</summary>
    private static (string, string, long) Marker(JsonElement marker)
    {
        string type = marker.GetProperty("type").GetString()!;
        string text = marker.GetProperty("description").GetString()!;
        return (type, text.Length > 0 ? text : type, marker.GetProperty("position").GetInt64());
    }

    private static JsonElement Expected(string file)
    {
        string json = File.ReadAllText(SharedData.Require("brainvision/expected.json"));
        return JsonDocument.Parse(json).RootElement.GetProperty("files").GetProperty(file);
    }
}
