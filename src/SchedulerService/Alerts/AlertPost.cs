using Dendrite.SchedulerService.Alerts.Channels;
using Dendrite.V1;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Sends a message by whichever channel it is for. Thread-safe.</summary>
internal sealed class AlertPost(IEnumerable<IAlertSender> senders, IOptions<AlertOptions> options, TimeProvider time)
{
    private readonly Dictionary<AlertChannel.ChannelOneofCase, IAlertSender> byKind = senders.ToDictionary(each =>
        each.Kind
    );

    /// <summary>Tries once, now.</summary>
    public Task<SendResult> SendAsync(
        string project,
        AlertChannel channel,
        AlertMessage message,
        CancellationToken cancellationToken
    ) =>
        byKind.TryGetValue(channel.ChannelCase, out var sender)
            ? sender.SendAsync(
                new(project, channel, message with { SentTime = time.GetUtcNow() }, options.Value.AttemptTimeout),
                cancellationToken
            )
            : Task.FromResult(SendResult.Never("this version does not know such a channel"));
}
