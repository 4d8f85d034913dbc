using Dendrite.Interop.Testing;
using Google.Protobuf;

namespace Dendrite.Interop.Ours.Cases;

/// <summary>Requests of the sizes that the public specification asks for.</summary>
internal static class Content
{
    public const int LargeRequestSize = 271828;
    public const int LargeResponseSize = 314159;

    public static Payload Payload(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };

    public static SimpleRequest LargeRequest() =>
        new() { ResponseSize = LargeResponseSize, Payload = Payload(LargeRequestSize) };

    public static StreamingInputCallRequest Input(int size) => new() { Payload = Payload(size) };

    /// <summary>Asks a duplex call for one response.</summary>
    public static StreamingOutputCallRequest Ask(int responseSize, int requestSize) =>
        new()
        {
            ResponseParameters = { new ResponseParameters { Size = responseSize } },
            Payload = Payload(requestSize),
        };
}
