using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client;

/// <summary>The headers of a request.</summary>
internal static class RequestHead
{
    private static readonly string UserAgent =
        $"grpc-dotnet/{typeof(RequestHead).Assembly.GetName().Version!.ToString(3)} (.NET {Environment.Version})";

    public static HttpRequestMessage Create(HttpCall call, HttpContent content)
    {
        var channel = call.Channel;
        var request = new HttpRequestMessage(HttpMethod.Post, channel.UriOf(call.Method))
        {
            Version = channel.HttpVersion,
            VersionPolicy = channel.HttpVersionPolicy,
            Content = content,
        };
        var headers = request.Headers;
        headers.TryAddWithoutValidation("User-Agent", UserAgent);
        headers.TryAddWithoutValidation("TE", "trailers");
        headers.TryAddWithoutValidation(WireNames.AcceptEncoding, channel.Compression.AcceptEncoding);
        if (call.Timeout is { } timeout)
        {
            headers.TryAddWithoutValidation(WireNames.Timeout, WireTimeout.Format(timeout));
        }

        if (call.Options.Headers is { Count: > 0 } metadata)
        {
            AddMetadata(call, headers, metadata);
        }

        return request;
    }

    /// <summary>
    /// Adds what the credentials of the channel and of the call say, where the channel may carry them.
    /// </summary>
    public static async Task AddCredentialsAsync(HttpCall call, HttpRequestMessage request)
    {
        var channel = call.Channel;
        if (!channel.IsSecure && !channel.Options.UnsafeUseInsecureChannelCallCredentials)
        {
            return;
        }

        var serviceUrl = new Uri(channel.Address, call.Method.ServiceName).AbsoluteUri;
        var context = new AuthInterceptorContext(serviceUrl, call.Method.Name, call.Token);
        var metadata = new Metadata();
        if (call.Options.Credentials is { } own)
        {
            await own.AddHeadersAsync(context, metadata);
        }

        foreach (var credentials in channel.CallCredentials)
        {
            await credentials.AddHeadersAsync(context, metadata);
        }

        AddMetadata(call, request.Headers, metadata);
    }

    private static void AddMetadata(HttpCall call, HttpRequestHeaders headers, Metadata metadata)
    {
        foreach (var entry in metadata)
        {
            switch (entry.Key)
            {
                case WireNames.Timeout:
                    // The deadline of the call says it.
                    break;
                case WireNames.EncodingRequest:
                    UseEncoding(call, headers, entry.Value);
                    break;
                default:
                    var value = entry.IsBinary ? BinaryHeader.Encode(entry.Bytes) : entry.Value;
                    headers.TryAddWithoutValidation(entry.Key, value);
                    break;
            }
        }
    }

    private static void UseEncoding(HttpCall call, HttpRequestHeaders headers, string encoding)
    {
        headers.TryAddWithoutValidation(WireNames.Encoding, encoding);
        if (encoding == WireNames.Identity)
        {
            return;
        }

        if (!call.Channel.Compression.Knows(encoding))
        {
            throw new RpcException(
                new Status(StatusCode.Internal, $"Could not find compression provider for '{encoding}'.")
            );
        }

        call.RequestEncoding = encoding;
    }
}
