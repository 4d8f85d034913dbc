using System.Text.Json;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Channels as they are stored: a JSON array of the contract's messages.</summary>
internal static class AlertChannels
{
    public static string ToJson(IEnumerable<AlertChannel> channels) =>
        $"[{string.Join(',', channels.Select(channel => JsonFormatter.Default.Format(channel)))}]";

    public static IReadOnlyList<AlertChannel> Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return
        [
            .. document.RootElement.EnumerateArray().Select(each => AlertChannel.Parser.ParseJson(each.GetRawText())),
        ];
    }

    /// <summary>For people and logs; holds no secret, nor what stands behind an address's question mark.</summary>
    public static string Show(AlertChannel channel) =>
        channel.ChannelCase switch
        {
            AlertChannel.ChannelOneofCase.Webhook => Outbound.OutboundHttp.Show(new Uri(channel.Webhook.Url)),
            AlertChannel.ChannelOneofCase.Email => channel.Email,
            _ => $"chat by secret {channel.ChatSecret}",
        };
}
