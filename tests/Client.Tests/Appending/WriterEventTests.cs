using Dendrite.Client.Appending;
using Dendrite.Client.Tests.Gateways;

namespace Dendrite.Client.Tests.Appending;

public sealed class WriterEventTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, Func<SignalWriter, Task>> Faulty =>
        new()
        {
            { "cause: Masked is not one", writer => GapAsync(writer, 5, V1.GapCause.Masked) },
            { "cause: Unspecified is not one", writer => GapAsync(writer, 5, V1.GapCause.Unspecified) },
            { "note: holds a control character", writer => GapAsync(writer, 5, V1.GapCause.Paused, "bell\u0007") },
            { "note: has 1001 characters", writer => GapAsync(writer, 5, V1.GapCause.Paused, new('x', 1_001)) },
            { "sampleCount", writer => GapAsync(writer, 0, V1.GapCause.Paused) },
            { "sampleCount", writer => GapAsync(writer, EventChecks.MaxSample, V1.GapCause.Paused) },
            { "anchors[0].instant: is missing", writer => AnchorAsync(writer, new V1.TimeAnchor()) },
            { "anchors[0].sample: -1", writer => AnchorAsync(writer, At(-1, 0)) },
            { "anchors[1].sample: comes behind 5; give", writer => AnchorAsync(writer, At(5, 0), At(4, 1)) },
            { "anchors[1].instant: is before", writer => AnchorAsync(writer, At(4, 1), At(5, 0)) },
        };

    [Fact]
    public async Task An_annotation_that_no_stream_takes_is_refused_when_it_is_given_and_none_is_written()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var writer = await platform.Connection.OpenWriterAsync(
            new() { Stream = "projects/lab/branches/b/streams/eeg", Descriptor = TestDevice.Descriptor() },
            Token
        );

        var refused = await Assert.ThrowsAsync<ArgumentException>(() =>
            writer.WriteAnnotationsAsync([new() { Text = "blink" }, new() { Text = "" }], Token)
        );
        await writer.WriteAnnotationsAsync([new() { Text = "spike" }], Token);
        await writer.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);

        Assert.StartsWith("annotations[1].text: is empty", refused.Message);
        Assert.Equal("spike", Assert.Single(platform.Ingest.Annotations).Text);
    }

    [Theory]
    [MemberData(nameof(Faulty))]
    public async Task A_gap_or_anchor_that_no_stream_takes_is_refused_and_the_writer_goes_on(
        string said,
        Func<SignalWriter, Task> write
    )
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var writer = await platform.Connection.OpenWriterAsync(
            new() { Stream = "projects/lab/branches/b/streams/eeg", Descriptor = TestDevice.Descriptor() },
            Token
        );
        await writer.WriteAsync(TestDevice.Samples(0, 10), Token);

        var refused = await Assert.ThrowsAnyAsync<ArgumentException>(() => write(writer));
        await GapAsync(writer, 5, V1.GapCause.Paused);
        await AnchorAsync(writer, At(15, 1));
        var closed = await writer.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);

        Assert.Contains(said, refused.Message);
        Assert.Equal((15, 15), (writer.NextSample, closed.ThroughSample));
        Assert.Equal((10, 15), (platform.Ingest.Gaps[0].Range.StartSample, platform.Ingest.Gaps[0].Range.EndSample));
        Assert.Single(platform.Ingest.Gaps);
    }

    private static Task GapAsync(SignalWriter writer, long samples, V1.GapCause cause, string note = "") =>
        writer.WriteGapAsync(samples, cause, note, Token);

    private static Task AnchorAsync(SignalWriter writer, params V1.TimeAnchor[] anchors) =>
        writer.WriteTimeAnchorsAsync(anchors, Token);

    private static V1.TimeAnchor At(long sample, long second) =>
        new()
        {
            Sample = sample,
            Instant = new() { Seconds = second },
        };
}
