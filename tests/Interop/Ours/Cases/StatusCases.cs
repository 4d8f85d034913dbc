using Dendrite.Interop.Testing;
using Grpc.Core;
using static Dendrite.Interop.Ours.Cases.Content;
using static Dendrite.Interop.Ours.ClientOnOurSide;

namespace Dendrite.Interop.Ours.Cases;

/// <summary>What travels beside the messages: metadata, statuses, methods that are not there.</summary>
internal static class StatusCases
{
    private const string SpecialMessage = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";

    private const string InitialValue = "test_initial_metadata_value";
    private static readonly byte[] TrailingValue = [0xab, 0xab, 0xab];

    public static async Task CustomMetadata(ClientOnOurSide client)
    {
        var sent = new Metadata
        {
            { InteropMetadata.InitialKey, InitialValue },
            { InteropMetadata.TrailingKey, TrailingValue },
        };

        using var unary = client.Test.UnaryCallAsync(LargeRequest(), Options(sent));
        Assert.Equal(LargeResponseSize, (await unary).Payload.Body.Length);
        AssertEchoed(await unary.ResponseHeadersAsync, unary.GetTrailers());

        using var duplex = client.Test.FullDuplexCall(Options(sent));
        await duplex.RequestStream.WriteAsync(Ask(LargeResponseSize, LargeRequestSize));
        await duplex.RequestStream.CompleteAsync();
        Assert.True(await duplex.ResponseStream.MoveNext());
        Assert.False(await duplex.ResponseStream.MoveNext());
        AssertEchoed(await duplex.ResponseHeadersAsync, duplex.GetTrailers());
    }

    public static async Task StatusCodeAndMessage(ClientOnOurSide client)
    {
        var asked = new EchoStatus { Code = (int)StatusCode.Unknown, Message = "test status message" };

        await EndsWithUnknownAsync(UnaryAsync(client, asked), asked.Message);

        using var duplex = client.Test.FullDuplexCall(Options());
        await duplex.RequestStream.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = asked });
        await duplex.RequestStream.CompleteAsync();
        await EndsWithUnknownAsync(duplex.ResponseStream.MoveNext(), asked.Message);
        Assert.Equal(new Status(StatusCode.Unknown, asked.Message), WithoutException(duplex.GetStatus()));
    }

    public static Task SpecialStatusMessage(ClientOnOurSide client)
    {
        var asked = new EchoStatus { Code = (int)StatusCode.Unknown, Message = SpecialMessage };
        return EndsWithUnknownAsync(UnaryAsync(client, asked), SpecialMessage);
    }

    public static Task UnimplementedMethod(ClientOnOurSide client) =>
        EndsWith.StatusAsync(
            StatusCode.Unimplemented,
            async () => await client.Test.UnimplementedCallAsync(new Empty(), Options())
        );

    public static Task UnimplementedService(ClientOnOurSide client) =>
        EndsWith.StatusAsync(
            StatusCode.Unimplemented,
            async () => await client.Unimplemented.UnimplementedCallAsync(new Empty(), Options())
        );

    private static async Task UnaryAsync(ClientOnOurSide client, EchoStatus asked) =>
        await client.Test.UnaryCallAsync(new SimpleRequest { ResponseStatus = asked }, Options());

    private static async Task EndsWithUnknownAsync(Task call, string message)
    {
        var status = await EndsWith.StatusAsync(StatusCode.Unknown, () => call);
        Assert.Equal(message, status.Detail);
    }

    private static Status WithoutException(Status status) => new(status.StatusCode, status.Detail);

    private static void AssertEchoed(Metadata headers, Metadata trailers)
    {
        Assert.Equal(InitialValue, headers.GetValue(InteropMetadata.InitialKey));
        Assert.Equal(TrailingValue, trailers.GetValueBytes(InteropMetadata.TrailingKey));
    }
}
