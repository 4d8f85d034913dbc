using System.Globalization;
using System.Runtime.InteropServices;
using Dendrite.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.EndToEnd.Documents;

/// <summary>The example gateways, written with the protos only, on a platform that is killed under them.</summary>
public sealed class GatewayExampleTests(Platform platform) : IClassFixture<Platform>
{
    private const int Seconds = 20_000;
    private const int Samples = Seconds * 250;

    [Theory]
    [InlineData("gateway.py")]
    [InlineData("gateway.js")]
    public async Task A_gateway_goes_on_after_the_service_was_killed_and_each_sample_is_there_once(string example)
    {
        var stream = await platform.NewStreamAsync();
        await using var gateway = await StartAsync(example, stream);
        while (Number(await gateway.ReadLineAsync(), "acknowledged ") is not > 0) { }

        await platform.Ingest.KillAsync();
        await platform.Ingest.StartAsync();

        var said = await gateway.ReadToEndAsync();
        Assert.Contains($"\ndurable up to sample {Samples} at version ", said, StringComparison.Ordinal);
        var resumed = said.Split('\n').Select(line => Number(line, "goes on from sample ")).OfType<long>().ToList();
        Assert.NotEmpty(resumed);
        Assert.All(resumed, sample => Assert.InRange(sample, 1, Samples));
        await AssertHoldsAsync(stream);
    }

    [Theory]
    [InlineData("gateway.py")]
    [InlineData("gateway.js")]
    public async Task A_gateway_that_is_started_again_goes_on_where_the_recording_stands(string example)
    {
        var stream = await platform.NewStreamAsync();
        await using (var first = await StartAsync(example, stream, seconds: 3))
        {
            Assert.StartsWith("goes on from sample 0\n", await first.ReadToEndAsync(), StringComparison.Ordinal);
        }

        await using var second = await StartAsync(example, stream, seconds: 5);
        var said = await second.ReadToEndAsync();
        Assert.StartsWith("goes on from sample 750\n", said, StringComparison.Ordinal);
        Assert.Contains("durable up to sample 1250 at version ", said, StringComparison.Ordinal);
    }

    private async Task<ExampleProgram> StartAsync(string example, string stream, int seconds = Seconds)
    {
        var connection = await ExampleProgram.WriteConnectionAsync(platform);
        string[] arguments =
        [
            Path.Combine(Repository.Root, "examples", example),
            connection,
            stream,
            seconds.ToString(CultureInfo.InvariantCulture),
        ];
        return example.EndsWith(".py", StringComparison.Ordinal)
            ? await ExampleProgram.PythonAsync(arguments)
            : await ExampleProgram.NodeAsync(arguments);
    }

    private static long? Number(string? line, string head)
    {
        Assert.NotNull(line);
        return line.StartsWith(head, StringComparison.Ordinal)
            ? long.Parse(line[head.Length..], CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>Every sample is what the example's device gave, in order, once; and no block is stored twice.</summary>
    private async Task AssertHoldsAsync(string stream)
    {
        using var channel = GrpcChannel.ForAddress(platform.IngestAddress);
        var headers = new Metadata { { "authorization", $"Bearer {Platform.Key}" } };
        var query = new QueryService.QueryServiceClient(channel.CreateCallInvoker());
        using var call = query.ReadSamples(new() { Stream = stream }, headers);
        var next = 0L;
        await foreach (var response in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            if (response.Chunk is { } chunk)
            {
                Assert.Equal(next, chunk.FirstSample);
                foreach (var sample in MemoryMarshal.Cast<byte, short>(chunk.Data.Span))
                {
                    Assert.Equal((short)Math.Round(1000 * Math.Sin(next++ / 5.0)), sample);
                }
            }
        }

        Assert.Equal(Samples, next);
        var branch = stream.Split('/')[3];
        Assert.Equal(
            Samples,
            await platform.CountAsync(
                "SELECT sum(sample_count) FROM signals.block JOIN branching.branch b USING (project_id, timeline_id) "
                    + $"WHERE b.name = '{branch}'"
            )
        );
    }
}
