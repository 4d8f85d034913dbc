using Dendrite.StandIns.Grpc.Tests.Protos;
using Grpc.Core;

namespace Dendrite.StandIns.Grpc.Tests.Infrastructure;

/// <summary>What the methods of the server under test do; a test replaces what it is about.</summary>
internal sealed class EchoHandlers
{
    public UnaryServerMethod<Message, Message> Say { get; set; } = (request, _) => Task.FromResult(request);

    public ClientStreamingServerMethod<Message, Summary> Collect { get; set; } =
        async (requests, _) =>
        {
            var summary = new Summary();
            await foreach (var message in requests.ReadAllAsync())
            {
                summary.Messages++;
                summary.PayloadBytes += message.Payload.Length;
            }

            return summary;
        };

    public ServerStreamingServerMethod<Message, Message> Repeat { get; set; } =
        async (request, responses, _) =>
        {
            for (var index = 0; index < request.Count; index++)
            {
                await responses.WriteAsync(request);
            }
        };

    public DuplexStreamingServerMethod<Message, Message> Chat { get; set; } =
        async (requests, responses, _) =>
        {
            await foreach (var message in requests.ReadAllAsync())
            {
                await responses.WriteAsync(message);
            }
        };
}

internal sealed class EchoService(EchoHandlers handlers) : Echo.EchoBase
{
    public override Task<Message> Say(Message request, ServerCallContext context) => handlers.Say(request, context);

    public override Task<Summary> Collect(IAsyncStreamReader<Message> requestStream, ServerCallContext context) =>
        handlers.Collect(requestStream, context);

    public override Task Repeat(
        Message request,
        IServerStreamWriter<Message> responseStream,
        ServerCallContext context
    ) => handlers.Repeat(request, responseStream, context);

    public override Task Chat(
        IAsyncStreamReader<Message> requestStream,
        IServerStreamWriter<Message> responseStream,
        ServerCallContext context
    ) => handlers.Chat(requestStream, responseStream, context);
}
