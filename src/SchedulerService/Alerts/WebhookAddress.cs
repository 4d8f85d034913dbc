using System.Net;
using Dendrite.Errors;
using Dendrite.SchedulerService.Outbound;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Addresses that messages are posted to: their form. Pure.</summary>
internal static class WebhookAddress
{
    private const int MaxLength = 2_000;

    /// <summary>
    /// <c>https</c>, or <c>http</c> to an address of a private network, which the installation must allow.
    /// </summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static Uri Parse(string text, string field) =>
        TryParse(text, out var url) is { } problem ? throw DendriteException.Invalid(field, problem) : url;

    /// <returns>What is wrong with it; null where nothing is.</returns>
    public static string? TryParse(string text, out Uri url)
    {
        url = null!;
        if (text.Length is 0 or > MaxLength || !Uri.TryCreate(text, UriKind.Absolute, out var parsed))
        {
            return $"'{RequestFields.Excerpt(text)}' is no address such as https://hooks.example.org/alerts";
        }

        url = parsed;
        if (text.Any(character => char.IsControl(character) || char.IsWhiteSpace(character)))
        {
            return "holds spaces or control characters; write them as %20 and the like";
        }

        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0)
        {
            return "holds a user or a fragment; the receiver knows us by the signature";
        }

        return url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && IsPrivate(url.Host))
            ? null
            : $"has the scheme '{RequestFields.Excerpt(url.Scheme)}'; give an https address";
    }

    private static bool IsPrivate(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var address) && !AddressGuard.IsPublic(address);
}
