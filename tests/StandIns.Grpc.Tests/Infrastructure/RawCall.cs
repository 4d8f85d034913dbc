using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;

namespace Dendrite.StandIns.Grpc.Tests.Infrastructure;

/// <summary>What a server answered, as any HTTP/2 client sees it.</summary>
internal sealed record RawAnswer(
    HttpStatusCode Http,
    HttpResponseHeaders Headers,
    HttpResponseHeaders Trailers,
    byte[] Body
)
{
    public string? Status => Find("grpc-status");

    public string? Message => Find("grpc-message");

    private string? Find(string name) =>
        Trailers.TryGetValues(name, out var values) || Headers.TryGetValues(name, out values) ? values.Single() : null;
}

/// <summary>Calls by hand, to send what no gRPC client would.</summary>
internal static class RawCall
{
    private static readonly HttpMessageInvoker Http = new(new SocketsHttpHandler());

    /// <summary>A message with its prefix.</summary>
    public static byte[] Frame(byte flag, ReadOnlySpan<byte> message, int? length = null)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), length ?? message.Length);
        message.CopyTo(frame.AsSpan(5));
        return frame;
    }

    public static async Task<RawAnswer> PostAsync(
        string address,
        byte[] body,
        string method = "Say",
        string? contentType = "application/grpc",
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{address}/dendrite.tests.echo.Echo/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        if (contentType is not null)
        {
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken).Soon();
        var answer = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken).Soon();
        return new RawAnswer(response.StatusCode, response.Headers, response.TrailingHeaders, answer);
    }
}
