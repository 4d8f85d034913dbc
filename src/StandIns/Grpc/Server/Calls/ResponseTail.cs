using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Grpc.AspNetCore.Server;

/// <summary>The first and the last of a response: content type, metadata, status.</summary>
internal static class ResponseTail
{
    private static readonly StringValues Ok = "0";
    private static readonly StringValues[] Codes = [.. Enumerable.Range(0, 17).Select(code => (StringValues)$"{code}")];

    public static void StartHeaders(HttpResponse response) => response.ContentType = WireNames.ContentType;

    /// <summary>
    /// The status and trailers: in the trailers if anything has been sent, otherwise in the headers, so that a call
    /// which fails at once is answered by a single frame.
    /// </summary>
    public static void WriteStatus(HttpResponse response, Status status, Metadata? trailers)
    {
        var destination = response.HasStarted ? Trailers(response) : response.Headers;
        if (trailers is not null)
        {
            Append(destination, trailers);
        }

        if (status.StatusCode == StatusCode.OK)
        {
            destination[WireNames.Status] = Ok;
        }
        else
        {
            var code = (int)status.StatusCode;
            destination[WireNames.Status] = (uint)code < Codes.Length ? Codes[code] : $"{code}";
        }

        if (!string.IsNullOrEmpty(status.Detail))
        {
            destination[WireNames.Message] = PercentEncoding.Encode(status.Detail);
        }
    }

    public static void Append(IHeaderDictionary destination, Metadata metadata)
    {
        foreach (var entry in metadata)
        {
            if (entry.Key == WireNames.EncodingRequest)
            {
                continue;
            }

            var value = entry.IsBinary ? BinaryHeader.Encode(entry.Bytes) : entry.Value;
            try
            {
                destination.Append(entry.Key, value);
            }
            catch (InvalidOperationException invalid)
            {
                throw new InvalidOperationException($"The metadata '{entry.Key}' cannot be sent.", invalid);
            }
        }
    }

    private static IHeaderDictionary Trailers(HttpResponse response) =>
        response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers
        ?? throw new InvalidOperationException("The server does not support trailers.");
}
