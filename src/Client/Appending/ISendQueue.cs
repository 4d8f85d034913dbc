using Grpc.Core;

namespace Dendrite.Client.Appending;

/// <summary>What a call sends, in order, and hears about.</summary>
internal interface ISendQueue
{
    /// <summary>The next message to send in this call; null when there are no more and none will come.</summary>
    Task<OutgoingMessage?> NextAsync(CancellationToken cancellation);

    /// <summary>
    /// The first messages that are on their way are durable. A close that finishes counts too and is none of them.
    /// </summary>
    /// <param name="messageCount">How many.</param>
    /// <param name="throughSample">Where the stream stands in all groups, as the service says.</param>
    void Acknowledge(int messageCount, long throughSample);
}

internal static class SendQueue
{
    /// <summary>A number was damaged on its way, or is not about this call: the stream is to be opened again.</summary>
    public static RpcException Contradiction(long expected, long said) =>
        new(
            new(
                StatusCode.Unavailable,
                $"The service acknowledged up to sample {said} where what it acknowledged ends at {expected}."
            )
        );
}
