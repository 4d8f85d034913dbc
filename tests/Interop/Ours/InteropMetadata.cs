namespace Dendrite.Interop.Ours;

/// <summary>Metadata that the test service sends back.</summary>
internal static class InteropMetadata
{
    /// <summary>Echoed in the headers of the response.</summary>
    public const string InitialKey = "x-grpc-test-echo-initial";

    /// <summary>Echoed in the trailers.</summary>
    public const string TrailingKey = "x-grpc-test-echo-trailing-bin";
}
