using System.Globalization;
using Dendrite.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.EndToEnd.Documents;

/// <summary>
/// The example that follows a stream, written with the protos only, on a platform that is killed under it.
/// </summary>
public sealed class TailExampleTests(Platform platform) : IClassFixture<Platform>
{
    [Fact]
    public async Task A_reader_goes_on_after_the_service_was_killed_and_gets_each_sample_once()
    {
        var stream = await platform.NewStreamAsync();
        await RecordAsync(stream, seconds: 5);
        await using var reader = await StartAsync("tail.py", stream);
        var next = await FollowAsync(reader, 0, until: 1_250);

        await platform.Ingest.KillAsync();
        await platform.Ingest.StartAsync();
        await RecordAsync(stream, seconds: 8);
        next = await FollowAsync(reader, next, until: 2_000);
        await FinishAsync(stream);

        Assert.Equal(2_000, next);
        Assert.Equal("finished", await reader.ReadLineAsync());
    }

    /// <summary>Reads lines that must go on where the one before ended.</summary>
    private static async Task<long> FollowAsync(ExampleProgram reader, long next, long until)
    {
        while (next < until)
        {
            var words = (await reader.ReadLineAsync())?.Split(' ') ?? [];
            Assert.True(words is ["samples", _, "to", _, "means", _], string.Join(' ', words));
            Assert.Equal(next, long.Parse(words[1], CultureInfo.InvariantCulture));
            next = long.Parse(words[3], CultureInfo.InvariantCulture);
        }

        return next;
    }

    private async Task RecordAsync(string stream, int seconds)
    {
        await using var gateway = await StartAsync("gateway.py", stream, $"{seconds}");
        Assert.Contains($"durable up to sample {seconds * 250} ", await gateway.ReadToEndAsync());
    }

    private async Task FinishAsync(string stream)
    {
        using var channel = GrpcChannel.ForAddress(platform.IngestAddress);
        var headers = new Metadata { { "authorization", $"Bearer {Platform.Key}" } };
        var ingest = new IngestService.IngestServiceClient(channel.CreateCallInvoker());
        await ingest.AppendBatchAsync(
            new()
            {
                Open = new() { Stream = stream },
                Finish = true,
            },
            headers
        );
    }

    private async Task<ExampleProgram> StartAsync(string example, string stream, params string[] more)
    {
        var connection = await ExampleProgram.WriteConnectionAsync(platform);
        var program = Path.Combine(Repository.Root, "examples", example);
        return await ExampleProgram.PythonAsync([program, connection, stream, .. more]);
    }
}
