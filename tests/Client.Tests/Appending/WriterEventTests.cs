using Dendrite.Client.Tests.Gateways;

namespace Dendrite.Client.Tests.Appending;

public sealed class WriterAnnotationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
}
