using System.Net;

namespace Dendrite.Benchmarks.Grpc;

/// <summary>
/// The same work by plain HTTP/2 requests with bodies of the same bytes, over a handler set up as gRPC's is.
/// </summary>
internal sealed class RawEcho(Uri address) : IDisposable
{
    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = true });

    public Task CallAsync(int calls, int workers, int messageSizeBytes)
    {
        var body = new byte[messageSizeBytes];
        return Workers.RunAsync(
            calls,
            workers,
            async share =>
            {
                for (var call = 0; call < share; call++)
                {
                    using var response = await SendAsync(RawEndpoints.Echo, new ByteArrayContent(body));
                    Expect.Bytes(messageSizeBytes, (await response.Content.ReadAsByteArrayAsync()).Length);
                }
            }
        );
    }

    public async Task UploadAsync(int blocks, int blockSizeBytes)
    {
        using var response = await SendAsync(RawEndpoints.Upload, new BlocksContent(blocks, blockSizeBytes));
        Expect.Bytes((long)blocks * blockSizeBytes, long.Parse(await response.Content.ReadAsStringAsync()));
    }

    public async Task DownloadAsync(int blocks, int blockSizeBytes)
    {
        using var response = await SendAsync($"{RawEndpoints.Download}/{blocks}/{blockSizeBytes}", content: null);
        Expect.Bytes((long)blocks * blockSizeBytes, await ReceiveAsync(response, blockSizeBytes));
    }

    public Task ExchangeAsync(int blocks, int streams, int blockSizeBytes) =>
        Workers.RunAsync(
            blocks,
            streams,
            async share =>
            {
                using var response = await SendAsync(RawEndpoints.Echo, new BlocksContent(share, blockSizeBytes));
                Expect.Bytes((long)share * blockSizeBytes, await ReceiveAsync(response, blockSizeBytes));
            }
        );

    public void Dispose() => http.Dispose();

    /// <summary>
    /// Returns with the headers of the response: its body, and that of the request, may be under way still.
    /// </summary>
    private async Task<HttpResponseMessage> SendAsync(string path, HttpContent? content)
    {
        // Disposing the request would end a body that is still being sent; it holds nothing else.
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        var response = await http.SendAsync(request, CancellationToken.None);
        return response.EnsureSuccessStatusCode();
    }

    private static async Task<long> ReceiveAsync(HttpResponseMessage response, int bufferSizeBytes)
    {
        var buffer = new byte[bufferSizeBytes];
        await using var body = await response.Content.ReadAsStreamAsync();
        var bytes = 0L;
        while (await body.ReadAsync(buffer) is > 0 and var count)
        {
            bytes += count;
        }

        return bytes;
    }
}
