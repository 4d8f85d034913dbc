namespace Dendrite.IngestService.Tests;

/// <summary>Reads a stream back.</summary>
internal static class Reader
{
    public static async Task<List<V1.ReadSamplesResponse>> ReadAsync(
        this IngestFixture fixture,
        V1.ReadSamplesRequest request
    )
    {
        using var call = fixture.Query.ReadSamples(request, IngestFixture.Options);
        List<V1.ReadSamplesResponse> responses = [];
        while (await call.ResponseStream.MoveNext(default))
        {
            responses.Add(call.ResponseStream.Current);
        }

        return responses;
    }

    /// <summary>
    /// Asserts that the stream holds the made-up recording from its start to <paramref name="end"/> and nothing else.
    /// </summary>
    public static async Task AssertHoldsAsync(this IngestFixture fixture, string stream, long end)
    {
        var responses = await fixture.ReadAsync(new() { Stream = stream });
        Assert.Equal(end, responses[0].Header.Range.EndSample);
        var next = 0L;
        foreach (var chunk in responses.Skip(1).Select(response => response.Chunk))
        {
            Assert.Equal(next, chunk.FirstSample);
            Assert.Equal(Recording.Samples(next, chunk.SampleCount), chunk.Data.ToByteArray());
            next += chunk.SampleCount;
        }

        Assert.Equal(end, next);
    }
}
