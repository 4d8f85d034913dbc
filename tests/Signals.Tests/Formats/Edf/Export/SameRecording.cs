using System.Text.Json.Nodes;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats.Edf.Export;

/// <summary>What a round trip keeps, said once: docs/formats.md promises it.</summary>
internal static class SameRecording
{
    public static async Task AssertAsync(RecordingReader expected, RecordingReader actual)
    {
        var (was, now) = (expected.Recording, actual.Recording);
        Assert.Equal(was.StartTime, now.StartTime);
        foreach (
            string field in new[]
            {
                "variant",
                "patient",
                "recording",
                "startTime",
                "recordDurationSeconds",
                "recordCount",
                "recordOnsets",
            }
        )
        {
            Assert.True(
                JsonNode.DeepEquals(was.Metadata[field], now.Metadata[field]),
                $"{field}: {was.Metadata[field]} became {now.Metadata[field]}"
            );
        }
        Assert.Equal(was.Streams.Count, now.Streams.Count);
        for (int stream = 0; stream < was.Streams.Count; stream++)
        {
            AssertSame(was.Streams[stream], now.Streams[stream]);
            var (before, after) = (
                await ReadSamples.OfAsync(expected, stream),
                await ReadSamples.OfAsync(actual, stream)
            );
            Assert.Equal(before.Channels, after.Channels);
            Assert.Equal(before.Anchors, after.Anchors);
        }
    }

    private static void AssertSame(RecordedStream was, RecordedStream now)
    {
        Assert.Equal((was.Rate, was.OnsetSeconds, was.SampleCount), (now.Rate, now.OnsetSeconds, now.SampleCount));
        Assert.Equal(was.Channels.Select(Facts), now.Channels.Select(Facts));
        Assert.Equal(was.Annotations.Select(Facts).Order(), now.Annotations.Select(Facts).Order());
    }

    private static string Facts(RecordedChannel channel) =>
        $"{channel.Label}|{channel.SampleType}|{channel.Unit}|{channel.Scale}|{channel.Offset}|{channel.Range}|"
        + $"{channel.Transducer}|{channel.Prefilter}";

    private static string Facts(RecordedAnnotation note) =>
        $"{note.OnsetSeconds:0.############}|{note.DurationSeconds:0.############}|"
        + $"{note.StartSample}|{note.Text}|{note.Category}";
}
