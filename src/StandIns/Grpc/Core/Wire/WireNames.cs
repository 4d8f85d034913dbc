namespace Grpc.Core.Wire;

/// <summary>Header names and values of gRPC over HTTP/2.</summary>
internal static class WireNames
{
    public const string ContentType = "application/grpc";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Identity = "identity";

    /// <summary>A pseudo-header by which a call asks for a compression; it never travels.</summary>
    public const string EncodingRequest = "grpc-internal-encoding-request";

    /// <summary>
    /// Whether a content type is gRPC's: bare, with a message format (<c>+proto</c>) or with parameters.
    /// </summary>
    public static bool IsGrpcContentType(ReadOnlySpan<char> contentType) =>
        contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';');

    /// <summary>Whether a header belongs to HTTP or gRPC itself and so is no metadata of the call.</summary>
    public static bool IsProtocolHeader(string name) =>
        name.Length > 0
        && (
            name[0] == ':'
            || name.Equals(Encoding, StringComparison.OrdinalIgnoreCase)
            || name.Equals(AcceptEncoding, StringComparison.OrdinalIgnoreCase)
            || name.Equals(Timeout, StringComparison.OrdinalIgnoreCase)
            || name.Equals(Status, StringComparison.OrdinalIgnoreCase)
            || name.Equals(Message, StringComparison.OrdinalIgnoreCase)
            || name.Equals("content-type", StringComparison.OrdinalIgnoreCase)
            || name.Equals("te", StringComparison.OrdinalIgnoreCase)
            || name.Equals("host", StringComparison.OrdinalIgnoreCase)
        );
}
