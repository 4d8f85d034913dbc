using System.Text;
using Dendrite.SchedulerService.Outbound;
using Dendrite.SchedulerService.Secrets;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Alerts.Channels;

/// <summary>
/// Posts the message as JSON, signed: <c>X-Dendrite-Signature</c> is <c>sha256=</c> and the HMAC-SHA-256 of the body by
/// the secret. <c>sent_time</c> is in the body, so that what is sent again later is known to be old, and
/// <c>delivery_id</c>, also in <c>X-Dendrite-Delivery</c>, is that of the message and not of the attempt.
/// </summary>
internal sealed class WebhookSender(OutboundHttp http, InstallationSecrets secrets) : IAlertSender
{
    public AlertChannel.ChannelOneofCase Kind => AlertChannel.ChannelOneofCase.Webhook;

    public Task<SendResult> SendAsync(OutgoingAlert alert, CancellationToken cancellationToken)
    {
        var webhook = alert.Channel.Webhook;
        if (secrets.Find(alert.Project, webhook.SigningSecret) is not { } secret)
        {
            // It was there when the rule was made: whoever replaces it will put the new one there.
            return Task.FromResult(
                SendResult.Later($"the installation has no secret '{webhook.SigningSecret}' any more")
            );
        }

        var url = new Uri(webhook.Url);
        var body = alert.Message.ToBytes();
        var call = new OutboundCall(HttpMethod.Post, url)
        {
            Timeout = alert.Timeout,
            Headers = new Dictionary<string, string>
            {
                ["X-Dendrite-Signature"] = HttpPost.Sign(body, Encoding.UTF8.GetBytes(secret.Reveal())),
                ["X-Dendrite-Delivery"] = alert.Message.DeliveryId ?? "",
                ["User-Agent"] = "dendrite",
            },
        };
        return HttpPost.SendAsync(http, call, (body, OutboundHttp.Show(url)), cancellationToken);
    }
}
