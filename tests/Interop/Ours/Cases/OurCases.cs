namespace Dendrite.Interop.Ours.Cases;

/// <summary>What our client does in each case.</summary>
internal static class OurCases
{
    public static IReadOnlyDictionary<string, Func<ClientOnOurSide, Task>> ByName { get; } =
        new Dictionary<string, Func<ClientOnOurSide, Task>>
        {
            [InteropCase.EmptyUnary] = PlainCases.EmptyUnary,
            [InteropCase.LargeUnary] = PlainCases.LargeUnary,
            [InteropCase.ClientStreaming] = PlainCases.ClientStreaming,
            [InteropCase.ServerStreaming] = PlainCases.ServerStreaming,
            [InteropCase.PingPong] = PlainCases.PingPong,
            [InteropCase.EmptyStream] = PlainCases.EmptyStream,
            [InteropCase.ClientCompressedUnary] = CompressionCases.ClientCompressedUnary,
            [InteropCase.ServerCompressedUnary] = CompressionCases.ServerCompressedUnary,
            [InteropCase.ClientCompressedStreaming] = CompressionCases.ClientCompressedStreaming,
            [InteropCase.ServerCompressedStreaming] = CompressionCases.ServerCompressedStreaming,
            [InteropCase.CustomMetadata] = StatusCases.CustomMetadata,
            [InteropCase.StatusCodeAndMessage] = StatusCases.StatusCodeAndMessage,
            [InteropCase.SpecialStatusMessage] = StatusCases.SpecialStatusMessage,
            [InteropCase.UnimplementedMethod] = StatusCases.UnimplementedMethod,
            [InteropCase.UnimplementedService] = StatusCases.UnimplementedService,
            [InteropCase.CancelAfterBegin] = CancellationCases.CancelAfterBegin,
            [InteropCase.CancelAfterFirstResponse] = CancellationCases.CancelAfterFirstResponse,
            [InteropCase.TimeoutOnSleepingServer] = CancellationCases.TimeoutOnSleepingServer,
        };
}
