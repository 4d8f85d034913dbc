using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats.Xdf;

/// <summary>
/// The real recordings. The figures were computed by a script of forty lines that unpacks every chunk with Python's
/// struct module and adds up the values of each channel; it shares nothing with the reader.
/// </summary>
public sealed class SharedXdfTests
{
    [Fact]
    public async Task The_minimal_file_has_its_samples_stamps_and_markers()
    {
        var reader = await SharedFiles.OpenAsync("xdf/minimal.xdf");
        var streams = reader.Recording.Streams;
        var samples = await ReadSamples.OfAsync(reader);

        Assert.Equal(["SendDataC", "SendDataString"], streams.Select(stream => stream.Suffix));
        Assert.Equal(10, streams[0].Rate.Hz);
        Assert.Equal([300.0, 443, 506], samples.Channels.Select(channel => channel.Sum()));
        Assert.Equal([192.0, 255, 238], samples.Channels.Select(channel => channel[0]));
        Assert.Equal([15.0, 25, 35], samples.Channels.Select(channel => channel[^1]));
        Assert.Equal(5.1, samples.Anchors[0].DeviceSeconds);
        // Both measurements say that 0.1 s must be taken away.
        Assert.Equal(0.1, samples.Anchors[0].ClockOffsetSeconds!.Value, 12);
        Assert.Equal(0.8m, samples.Anchors[^1].Seconds);
        Assert.Equal(9, streams[1].Annotations.Count);
        Assert.Equal(["Hello", "World"], streams[1].Annotations.Skip(1).Take(2).Select(marker => marker.Text));
        Assert.Equal(0.1m, streams[1].Annotations[0].OnsetSeconds);
    }

    [Fact]
    public async Task A_clock_that_was_set_during_the_recording_goes_on_in_the_recorder_s_time()
    {
        var reader = await SharedFiles.OpenAsync("xdf/clock_resets.xdf");
        var (markers, signals) = (reader.Recording.Streams[0], reader.Recording.Streams[1]);
        var samples = await ReadSamples.OfAsync(reader, 1);
        double[] sums =
        [
            13892.09668432305,
            13901.307432075671,
            13999.469295477153,
            13947.040702084341,
            13961.289290281275,
            13943.784793793136,
            13979.063783859172,
            13841.34983786699,
        ];

        Assert.Equal((27_815, 175), (signals.SampleCount, markers.Annotations.Count));
        Assert.All(sums.Zip(samples.Channels), pair => Assert.Equal(pair.First, pair.Second.Sum(), 1e-6));
        Assert.Equal(2, reader.Recording.Warnings.Count(w => w.Kind == RecordingWarningKind.ClockReset));
        var before = samples.Anchors.Single(anchor => anchor.Sample == 12_875);
        var after = samples.Anchors.Single(anchor => anchor.Sample == 12_876);
        Assert.Equal((653288.5104147, 100.6156308), (before.DeviceSeconds, after.DeviceSeconds));
        // 653288.5104 - 652340.2843 and 100.6156 + 1121.1662, after 653150.3791 - 652340.2839.
        Assert.InRange(before.Seconds, 138.130m, 138.132m);
        Assert.InRange(after.Seconds, 411.685m, 411.688m);
        var onsets = markers.Annotations.Select(marker => marker.OnsetSeconds!.Value).ToList();
        Assert.Equal(onsets.Order(), onsets);
    }

    [Fact]
    public async Task Empty_streams_are_streams_without_samples()
    {
        var reader = await SharedFiles.OpenAsync("xdf/empty_streams.xdf");
        var streams = reader.Recording.Streams;
        int data = streams.ToList().FindIndex(stream => stream.SampleCount == 10);

        Assert.Equal(4, streams.Count);
        Assert.Equal("2025-01-31T00:21:17.0000000+00:00", $"{reader.Recording.StartTime:O}");
        Assert.Equal("{\"state\": 2}", Assert.Single(streams.SelectMany(stream => stream.Annotations)).Text);
        Assert.Equal(
            [Enumerable.Range(0, 10).Select(i => (double)i)],
            (await ReadSamples.OfAsync(reader, data)).Channels
        );
        Assert.Equal(10, streams.Sum(stream => stream.SampleCount));
    }

    [Fact]
    public async Task A_chunk_that_lies_about_its_length_is_refused()
    {
        var error = await Assert.ThrowsAsync<RecordingFormatException>(() =>
            SharedFiles.OpenAsync("broken/xdf_chunk_length_lie.xdf")
        );

        Assert.Equal(("StreamHeader chunk", 64), (error.Field, error.Offset));
    }
}
