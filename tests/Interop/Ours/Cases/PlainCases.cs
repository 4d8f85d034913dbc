using Dendrite.Interop.Testing;
using Grpc.Core;
using static Dendrite.Interop.Ours.Cases.Content;
using static Dendrite.Interop.Ours.ClientOnOurSide;

namespace Dendrite.Interop.Ours.Cases;

/// <summary>Each kind of call, and one that sends nothing.</summary>
internal static class PlainCases
{
    private static readonly int[] RequestSizes = [27182, 8, 1828, 45904];
    private static readonly int[] ResponseSizes = [31415, 9, 2653, 58979];

    public static async Task EmptyUnary(ClientOnOurSide client) =>
        Assert.Equal(new Empty(), await client.Test.EmptyCallAsync(new Empty(), Options()));

    public static async Task LargeUnary(ClientOnOurSide client)
    {
        var response = await client.Test.UnaryCallAsync(LargeRequest(), Options());

        Assert.Equal(LargeResponseSize, response.Payload.Body.Length);
    }

    public static async Task ClientStreaming(ClientOnOurSide client)
    {
        using var call = client.Test.StreamingInputCall(Options());
        foreach (var size in RequestSizes)
        {
            await call.RequestStream.WriteAsync(Input(size));
        }

        await call.RequestStream.CompleteAsync();

        Assert.Equal(RequestSizes.Sum(), (await call).AggregatedPayloadSize);
    }

    public static async Task ServerStreaming(ClientOnOurSide client)
    {
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.AddRange(ResponseSizes.Select(size => new ResponseParameters { Size = size }));
        using var call = client.Test.StreamingOutputCall(request, Options());

        var sizes = new List<int>();
        await foreach (var response in call.ResponseStream.ReadAllAsync())
        {
            sizes.Add(response.Payload.Body.Length);
        }

        Assert.Equal(ResponseSizes, sizes);
    }

    public static async Task PingPong(ClientOnOurSide client)
    {
        using var call = client.Test.FullDuplexCall(Options());
        foreach (var (requestSize, responseSize) in RequestSizes.Zip(ResponseSizes))
        {
            await call.RequestStream.WriteAsync(Ask(responseSize, requestSize));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(responseSize, call.ResponseStream.Current.Payload.Body.Length);
        }

        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext());
    }

    public static async Task EmptyStream(ClientOnOurSide client)
    {
        using var call = client.Test.FullDuplexCall(Options());
        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext());
    }
}
