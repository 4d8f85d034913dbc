using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Reads the channels of a rule: their form, before anything is looked up.</summary>
internal static class ChannelInput
{
    /// <summary>A rule tells a few; who wants to tell many tells a list.</summary>
    private const int MaxChannels = 10;

    /// <summary>RFC 5321, 4.5.3.1: of the whole address and of what stands before the @.</summary>
    private const int MaxEmail = 254;
    private const int MaxEmailUser = 64;

    /// <summary>Besides letters and digits: what RFC 5322 allows without quotes.</summary>
    private const string EmailSymbols = "!#$%&'*+-/=?^_`{|}~.";

    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static string Read(IReadOnlyList<AlertChannel> channels)
    {
        if (channels.Count is 0 or > MaxChannels)
        {
            throw DendriteException.Invalid(
                "alert_rule.channels",
                $"has {channels.Count} entries; give 1 to {MaxChannels}"
            );
        }

        for (var i = 0; i < channels.Count; i++)
        {
            var field = $"alert_rule.channels[{i}]";
            Check(channels[i], field);
            var first = channels.IndexOf(channels[i]);
            if (first < i)
            {
                throw DendriteException.Invalid(field, $"is channels[{first}] again; leave it out");
            }
        }

        return AlertChannels.ToJson(channels);
    }

    private static int IndexOf(this IReadOnlyList<AlertChannel> channels, AlertChannel wanted) =>
        channels.TakeWhile(channel => !channel.Equals(wanted)).Count();

    private static void Check(AlertChannel channel, string field)
    {
        switch (channel.ChannelCase)
        {
            case AlertChannel.ChannelOneofCase.Webhook:
                WebhookAddress.Parse(channel.Webhook.Url, $"{field}.webhook.url");
                break;
            case AlertChannel.ChannelOneofCase.Email:
                CheckEmail(channel.Email, $"{field}.email");
                break;
            case AlertChannel.ChannelOneofCase.ChatSecret:
                break;
            default:
                throw DendriteException.Invalid(field, "is empty; give webhook, email or chat_secret");
        }
    }

    /// <summary>
    /// A plain address: no name, no quotes, no comments. It stands in a header and in a command of SMTP, and what could
    /// end either is not allowed.
    /// </summary>
    private static void CheckEmail(string email, string field)
    {
        var at = email.IndexOf('@', StringComparison.Ordinal);
        var isAddress =
            email.Length <= MaxEmail
            && at is > 0 and <= MaxEmailUser
            && IsDotted(
                email[..at],
                character => char.IsAsciiLetterOrDigit(character) || EmailSymbols.Contains(character)
            )
            && IsDotted(
                email[(at + 1)..],
                character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.'
            );
        if (!isAddress)
        {
            throw DendriteException.Invalid(
                field,
                $"'{RequestFields.Excerpt(email)}' is no plain address such as oncall@example.org"
            );
        }
    }

    private static bool IsDotted(string text, Func<char, bool> isAllowed) =>
        text.All(isAllowed) && text.Split('.').All(part => part.Length > 0);
}
