namespace Grpc.Core.Wire;

/// <summary>What is wrong with what a peer sent, as the status that the specification gives it.</summary>
internal static class WireError
{
    public static RpcException BadFlag(byte flag) =>
        Internal($"The first byte of a message must be 0 (plain) or 1 (compressed); it is {flag}.");

    public static RpcException Truncated() => Internal("The stream ended in the middle of a message.");

    public static RpcException NoMessage() => Internal("The stream ended without a message where one is needed.");

    public static RpcException SecondMessage() => Internal("A second message came where only one may.");

    public static RpcException CompressedWithoutEncoding(string? encoding) =>
        Internal($"A message is marked compressed, but grpc-encoding is '{encoding ?? WireNames.Identity}'.");

    public static RpcException Undecompressable(string encoding, Exception cause) =>
        new(new Status(StatusCode.Internal, $"A message is not valid {encoding}.", cause));

    public static RpcException UnknownEncoding(string encoding, IEnumerable<string> supported) =>
        new(
            new Status(
                StatusCode.Unimplemented,
                $"Unsupported grpc-encoding value '{encoding}'. Supported encodings: {string.Join(", ", supported)}"
            )
        );

    public static RpcException ReceivedTooLarge() =>
        new(new Status(StatusCode.ResourceExhausted, "Received message exceeds the maximum configured message size."));

    public static RpcException SentTooLarge() =>
        new(new Status(StatusCode.ResourceExhausted, "Sending message exceeds the maximum configured message size."));

    private static RpcException Internal(string detail) => new(new Status(StatusCode.Internal, detail));
}
