namespace Dendrite.Interop;

/// <summary>
/// The standard interop cases that need no cloud credentials, by the names that peers know them by.
/// </summary>
public static class InteropCase
{
    public const string EmptyUnary = "empty_unary";
    public const string LargeUnary = "large_unary";
    public const string ClientStreaming = "client_streaming";
    public const string ServerStreaming = "server_streaming";
    public const string PingPong = "ping_pong";
    public const string EmptyStream = "empty_stream";
    public const string ClientCompressedUnary = "client_compressed_unary";
    public const string ServerCompressedUnary = "server_compressed_unary";
    public const string ClientCompressedStreaming = "client_compressed_streaming";
    public const string ServerCompressedStreaming = "server_compressed_streaming";
    public const string CustomMetadata = "custom_metadata";
    public const string StatusCodeAndMessage = "status_code_and_message";
    public const string SpecialStatusMessage = "special_status_message";
    public const string UnimplementedMethod = "unimplemented_method";
    public const string UnimplementedService = "unimplemented_service";
    public const string CancelAfterBegin = "cancel_after_begin";
    public const string CancelAfterFirstResponse = "cancel_after_first_response";
    public const string TimeoutOnSleepingServer = "timeout_on_sleeping_server";

    public static IReadOnlyList<string> All { get; } =
    [
        EmptyUnary,
        LargeUnary,
        ClientStreaming,
        ServerStreaming,
        PingPong,
        EmptyStream,
        ClientCompressedUnary,
        ServerCompressedUnary,
        ClientCompressedStreaming,
        ServerCompressedStreaming,
        CustomMetadata,
        StatusCodeAndMessage,
        SpecialStatusMessage,
        UnimplementedMethod,
        UnimplementedService,
        CancelAfterBegin,
        CancelAfterFirstResponse,
        TimeoutOnSleepingServer,
    ];
}
