using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.Net.Client;

/// <summary>Reads what a server says of a call in headers and trailers.</summary>
internal static class ResponseStatus
{
    /// <summary>
    /// The outcome if the headers already tell it: a failure, or no gRPC response at all. Otherwise null.
    /// </summary>
    public static Outcome? FromHeaders(HttpResponseMessage response)
    {
        if (TryRead(response.Headers, out var status))
        {
            return status.StatusCode == StatusCode.OK ? null : new Outcome(status, response);
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            var code = (int)response.StatusCode;
            var detail = string.Create(CultureInfo.InvariantCulture, $"Bad gRPC response. HTTP status code: {code}");
            return new Outcome(new Status(FromHttp(response.StatusCode), detail));
        }

        var contentType = response.Content.Headers.ContentType?.MediaType;
        if (contentType is null)
        {
            return Bad("Response did not have a content-type header.");
        }

        if (!WireNames.IsGrpcContentType(contentType))
        {
            return Bad($"Invalid content-type value: {contentType}");
        }

        return response.Version < System.Net.HttpVersion.Version20
            ? Bad($"Response protocol downgraded to HTTP/{response.Version}.")
            : null;
    }

    /// <summary>The outcome of a response read to its end.</summary>
    public static Outcome FromTrailers(HttpResponseMessage response) =>
        TryRead(response.TrailingHeaders, out var status) || TryRead(response.Headers, out status)
            ? new Outcome(status, response)
            : new Outcome(new Status(StatusCode.Cancelled, "No grpc-status found on response."), response);

    public static Metadata ReadTrailers(HttpResponseMessage response)
    {
        // A response of headers alone carries its trailers there.
        var trailers = response.TrailingHeaders;
        return ReadMetadata(trailers.NonValidated.Contains(WireNames.Status) ? trailers : response.Headers);
    }

    public static Metadata ReadMetadata(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            if (WireNames.IsProtocolHeader(name))
            {
                continue;
            }

            var key = name.ToLowerInvariant();
            foreach (var value in values)
            {
                if (Metadata.Entry.IsBinaryKey(key))
                {
                    BinaryHeader.AddTo(metadata, key, value);
                }
                else
                {
                    metadata.Add(Metadata.Entry.FromWire(key, value));
                }
            }
        }

        return metadata;
    }

    private static bool TryRead(HttpHeaders headers, out Status status)
    {
        status = default;
        if (!headers.NonValidated.TryGetValues(WireNames.Status, out var codes))
        {
            return false;
        }

        var detail = headers.NonValidated.TryGetValues(WireNames.Message, out var messages) ? messages.ToString() : "";
        status = int.TryParse(codes.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? new Status((StatusCode)code, PercentEncoding.Decode(detail))
            : new Status(StatusCode.Unknown, $"Unexpected grpc-status value: {codes}");
        if (code == 0 && detail.Length == 0 && status.StatusCode == StatusCode.OK)
        {
            status = Status.DefaultSuccess;
        }

        return true;
    }

    private static Outcome Bad(string detail) => new(new Status(StatusCode.Cancelled, $"Bad gRPC response. {detail}"));

    /// <summary>The table of the specification for answers of proxies and of servers that know no gRPC.</summary>
    private static StatusCode FromHttp(HttpStatusCode status) =>
        status switch
        {
            HttpStatusCode.BadRequest => StatusCode.Internal,
            HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
            HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
            HttpStatusCode.NotFound => StatusCode.Unimplemented,
            HttpStatusCode.TooManyRequests
            or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
            _ => StatusCode.Unknown,
        };
}
