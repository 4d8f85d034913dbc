using System.Text.Json;
using Dendrite.SchedulerService.Outbound;
using Dendrite.SchedulerService.Secrets;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Alerts.Channels;

/// <summary>
/// Posts <c>{"text": …}</c> to an incoming webhook, as Slack, Mattermost, Rocket.Chat and others take it. Its address
/// is
/// a secret: whoever knows it can write there.
/// </summary>
internal sealed class ChatSender(OutboundHttp http, InstallationSecrets secrets) : IAlertSender
{
    public AlertChannel.ChannelOneofCase Kind => AlertChannel.ChannelOneofCase.ChatSecret;

    public Task<SendResult> SendAsync(OutgoingAlert alert, CancellationToken cancellationToken)
    {
        var name = alert.Channel.ChatSecret;
        if (
            secrets.Find(alert.Project, name) is not { } secret
            || WebhookAddress.TryParse(secret.Reveal(), out var url) is not null
        )
        {
            return Task.FromResult(SendResult.Later($"secret '{name}' is gone, or holds no https address any more"));
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, string> { ["text"] = Escape(alert.Message.ToText()) }
        );
        var call = new OutboundCall(HttpMethod.Post, url) { Timeout = alert.Timeout };
        return HttpPost.SendAsync(http, call, (body, $"chat by secret {name}"), cancellationToken);
    }

    /// <summary>
    /// These three begin what chat systems act upon, such as a call to everyone in the channel: a title must not.
    /// </summary>
    internal static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("@", "@\u200B", StringComparison.Ordinal);
}
