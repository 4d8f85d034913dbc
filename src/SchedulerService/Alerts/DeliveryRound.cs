using Dendrite.SchedulerService.Alerts.Channels;
using Dendrite.Storage.Alerts;
using Dendrite.V1;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>
/// Sends the messages that are due, of all projects. Each is held by a lease while it is sent, so replicas never send
/// one at once; only one whose sender died before it wrote that it was sent is sent again, with the same id.
/// </summary>
internal sealed partial class DeliveryRound(
    AlertDeliveryStore store,
    AlertPost post,
    IOptions<AlertOptions> options,
    TimeProvider time,
    ILogger<DeliveryRound> logger
)
{
    private const int PageSize = 200;

    /// <summary>Slow receivers must not hold up the others, and many must not hold every connection.</summary>
    private const int Concurrent = 8;

    private const string NeverTold = "the channel was never told that it began";

    /// <returns>How many messages were taken.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var ready = await store.ListReadyAsync(time.GetUtcNow(), PageSize, cancellationToken);
        var taken = 0;
        await Parallel.ForEachAsync(
            ready,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrent, CancellationToken = cancellationToken },
            async (each, token) =>
            {
                if (await TryDeliverAsync(each, token))
                {
                    Interlocked.Increment(ref taken);
                }
            }
        );
        return taken;
    }

    /// <returns>Whether it was taken.</returns>
    private async Task<bool> TryDeliverAsync(ReadyDelivery ready, CancellationToken cancellationToken)
    {
        var isTaken = false;
        try
        {
            var delivery = await store.TakeAsync(ready, time.GetUtcNow(), options.Value.Lease, cancellationToken);
            if (delivery is not null)
            {
                isTaken = true;
                await DeliverAsync(delivery, cancellationToken);
            }
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // One that cannot be delivered must not break off those beside it: they would be sent again.
            LogFailed(logger, error, ready.Id, ready.ProjectName);
        }

        return isTaken;
    }

    private async Task DeliverAsync(TakenDelivery delivery, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!delivery.IsWanted)
        {
            await store.EndAsync(delivery, DeliveryEnd.Dropped, NeverTold, now, cancellationToken);
            return;
        }

        // Nobody may have been there to send it before the hours began.
        var quiet = QuietHours.Parse(delivery.QuietHours, delivery.TimeZone);
        if (quiet?.NextAllowed(now) is { } end && end > now)
        {
            await store.KeepBackAsync(delivery, end, cancellationToken);
            return;
        }

        var channel = AlertChannel.Parser.ParseJson(delivery.ChannelJson);
        var message = AlertMessage.Parse(delivery.MessageJson) with { DeliveryId = delivery.Ready.Id.ToString() };
        var result = await post.SendAsync(delivery.Ready.ProjectName, channel, message, cancellationToken);
        // From here on it is known how it went, and that is written though the service is told to stop.
        await WriteAsync(delivery, channel, result, quiet);
    }

    private async Task WriteAsync(TakenDelivery delivery, AlertChannel channel, SendResult result, QuietHours? quiet)
    {
        var now = time.GetUtcNow();
        if (result.Problem is not { } problem)
        {
            await store.EndAsync(delivery, DeliveryEnd.Sent, "", now, CancellationToken.None);
            return;
        }

        var wait = result.IsFinal ? null : DeliveryRetries.Next(options.Value, delivery.Attempt, result.RetryAfter);
        if (wait is not { } span)
        {
            LogGivenUp(logger, AlertChannels.Show(channel), delivery.Attempt, problem);
            await store.EndAsync(delivery, DeliveryEnd.Failed, problem, now, CancellationToken.None);
            return;
        }

        var then = now + span;
        await store.RetryAsync(delivery, quiet?.NextAllowed(then) ?? then, problem, CancellationToken.None);
    }
}
