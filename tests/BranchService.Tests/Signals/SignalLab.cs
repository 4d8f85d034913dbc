using Dendrite.Fixtures.Hosting;
using Dendrite.IngestService.Tests;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.BranchService.Tests.Signals;

/// <summary>The Branch service with Ingest beside it, on one database: records signals and reads them back.</summary>
public sealed class SignalLab : IAsyncLifetime
{
    private RunningService? ingest;
    private GrpcChannel? channel;

    public BranchServiceFixture Lab { get; } = new();

    public V1.IngestService.IngestServiceClient Ingest => new(channel);

    public V1.QueryService.QueryServiceClient Query => new(channel);

    public async ValueTask InitializeAsync()
    {
        await Lab.InitializeAsync();
        ingest = await Lab.StartIngestAsync();
        channel = GrpcChannel.ForAddress(ingest.Grpc);
    }

    public async ValueTask DisposeAsync()
    {
        channel?.Dispose();
        if (ingest is not null)
        {
            await ingest.DisposeAsync();
        }

        await Lab.DisposeAsync();
    }

    public static string Branch(string branch) => $"projects/lab/branches/{branch}";

    public static string Stream(string branch, string stream = "eeg") => $"{Branch(branch)}/streams/{stream}";

    /// <summary>
    /// Branch <c>{word}-target</c> whose stream holds the made-up recording up to sample 100, and <c>{word}-source</c>
    /// forked from it.
    /// </summary>
    public async Task<V1.MergePair> ForkAsync(string word)
    {
        await Lab.CreateAsync($"{word}-target");
        await AppendAsync($"{word}-target", 0, 100);
        await Lab.CreateAsync($"{word}-source", new() { Branch = Branch($"{word}-target") });
        return new() { Source = Branch($"{word}-source"), Target = Branch($"{word}-target") };
    }

    /// <summary>Appends one block of the made-up recording, or of another one.</summary>
    /// <param name="shift">By how many samples the recording is another one.</param>
    public Task<long> AppendAsync(string branch, long first, int count, int shift = 0, string stream = "eeg") =>
        AppendAsync(branch, stream, Block(first, count, shift));

    /// <summary>Appends blocks, gaps, anchors or annotations in one call and waits until they are durable.</summary>
    /// <returns>How far the stream reaches then.</returns>
    public async Task<long> AppendAsync(string branch, string stream, params V1.AppendRequest[] items)
    {
        using var writer = await OpenAsync(branch, stream);
        foreach (var item in items)
        {
            await writer.SendAsync(item);
        }

        return await writer.CloseAsync();
    }

    /// <param name="descriptor">Null: that of the made-up recording.</param>
    public async Task<OpenWriter> OpenAsync(string branch, string stream = "eeg", V1.SignalStream? descriptor = null)
    {
        var writer = new OpenWriter(Ingest.Append(Lab.Lab));
        await writer.SendAsync(
            new()
            {
                Open = new()
                {
                    Stream = Stream(branch, stream),
                    Descriptor_ = descriptor ?? Recording.Descriptor(),
                    CreateIfMissing = true,
                },
            }
        );
        await writer.HearOpenedAsync();
        return writer;
    }

    public static V1.AppendRequest Block(long first, int count, int shift = 0) =>
        new() { Block = Recording.Encoded(first, count, Recording.Samples(first + shift, count)) };

    /// <summary>What a branch reads of a stream, in the order it comes: chunks and gaps.</summary>
    public async Task<IReadOnlyList<V1.ReadSamplesResponse>> ReadAsync(V1.ReadSamplesRequest request)
    {
        using var call = Query.ReadSamples(request, Lab.Lab);
        var read = await call.ResponseStream.ReadAllAsync().ToListAsync();
        return read[1..];
    }

    /// <summary>
    /// Each sample that a branch reads of its stream's first channel, by index: null where it is missing. Fails where
    /// samples come twice or out of order.
    /// </summary>
    public async Task<IReadOnlyList<short?>> SamplesAsync(string branch, V1.SnapshotPoint? at = null)
    {
        var samples = new List<short?>();
        foreach (var response in await ReadAsync(new() { Stream = Stream(branch), At = at }))
        {
            if (response.Chunk is not { } chunk)
            {
                continue;
            }

            Assert.True(chunk.FirstSample >= samples.Count, $"sample {chunk.FirstSample} came after {samples.Count}");
            samples.AddRange(Enumerable.Repeat<short?>(null, (int)chunk.FirstSample - samples.Count));
            var data = chunk.Data.ToByteArray();
            samples.AddRange(
                Enumerable
                    .Range(0, chunk.SampleCount)
                    .Select(i => (short?)BitConverter.ToInt16(data, i * sizeof(short)))
            );
        }

        return samples;
    }

    /// <summary>The first channel of the made-up recording, or of another one.</summary>
    public static IEnumerable<short?> Made(long first, int count, int shift = 0) =>
        Enumerable.Range(0, count).Select(i => (short?)Recording.SampleOf(0, first + shift + i));

    public async Task<long> CountBlocksAsync() => (long)(await Lab.AsOwnerAsync("SELECT count(*) FROM signals.block"))!;
}
