using System.Security.Cryptography;
using Dendrite.Storage.Alerts;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Makes messages for the outbox: when each may be sent is settled as it is queued.</summary>
internal static class AlertDeliveries
{
    public static NewDelivery Of(
        AlertRuleRecord rule,
        AlertRecord alert,
        AlertChannel channel,
        AlertMessage message,
        DateTimeOffset now
    ) =>
        new(
            Guid.CreateVersion7(now),
            alert.Id,
            JsonFormatter.Default.Format(channel),
            SHA256.HashData(channel.ToByteArray()),
            message.ToJson(),
            QuietHours.Parse(rule.QuietHours, rule.TimeZone)?.NextAllowed(now) ?? now
        )
        {
            QuietHours = rule.QuietHours,
            TimeZone = rule.TimeZone,
        };
}
