using System.Buffers;
using Dendrite.Errors;
using Dendrite.SchedulerService.Secrets;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Sync.Rpc;

/// <summary>Checks headers: tokens for names (RFC 9110), values of one line, none that the connection is made of.
/// </summary>
internal static class HeaderInput
{
    private const string Field = $"{SyncSourceInput.Field}.http";
    private const int MaxHeaders = 50;
    private const int MaxName = 100;
    private const int MaxValue = 4_000;

    private static readonly SearchValues<char> Token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    );

    /// <summary>What the connection itself says: to set them is to smuggle requests.</summary>
    private static readonly HashSet<string> Ours = new(StringComparer.OrdinalIgnoreCase)
    {
        "host",
        "connection",
        "content-length",
        "content-type",
        "transfer-encoding",
        "upgrade",
        "te",
        "trailer",
        "expect",
        "keep-alive",
        "accept-encoding",
        "proxy-connection",
    };

    private static readonly HashSet<string> Secrets = new(StringComparer.OrdinalIgnoreCase)
    {
        "authorization",
        "proxy-authorization",
        "cookie",
    };

    public static void Check(HttpOrigin http)
    {
        if (http.Headers.Count + http.SecretHeaders.Count > MaxHeaders)
        {
            throw DendriteException.Invalid($"{Field}.headers", $"are more than {MaxHeaders} with the secret ones");
        }

        foreach (var (name, value) in http.Headers)
        {
            var field = CheckName("headers", name);
            if (Secrets.Contains(name))
            {
                throw DendriteException.Invalid(
                    field,
                    "holds a secret; name one of the installation in secret_headers"
                );
            }

            if (value.Length > MaxValue || !IsLine(value))
            {
                throw DendriteException.Invalid(
                    field,
                    $"is longer than {MaxValue} characters, or holds one that is no visible ASCII, such as a line end"
                );
            }
        }

        var names = new HashSet<string>(http.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        foreach (var name in http.SecretHeaders.Keys)
        {
            var field = CheckName("secret_headers", name);
            if (!names.Add(name))
            {
                throw DendriteException.Invalid(field, "is given twice, here or among the headers; give it once");
            }
        }
    }

    /// <summary>A secret with a line end in it would be two headers.</summary>
    public static void CheckValue(Secret secret, string field)
    {
        if (!IsLine(secret.Reveal()))
        {
            throw DendriteException.Invalid(field, $"secret '{secret.Name}' holds more than a line of visible ASCII");
        }
    }

    private static string CheckName(string map, string name)
    {
        var field = $"{Field}.{map}.{RequestFields.Excerpt(name)}";
        if (name.Length is 0 or > MaxName || name.AsSpan().ContainsAnyExcept(Token))
        {
            throw DendriteException.Invalid(field, "is no name of a header; use letters, digits and hyphens");
        }

        return Ours.Contains(name)
            ? throw DendriteException.Invalid(field, "is for the connection to say; leave it out")
            : field;
    }

    private static bool IsLine(string value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
