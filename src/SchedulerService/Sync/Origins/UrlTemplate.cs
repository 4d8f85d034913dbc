using System.Text.RegularExpressions;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>
/// An address with parts in braces that are filled in for each request. They stand in path and query only, and what is
/// filled in is percent-encoded: no value of a server's making changes whom is called, or adds a parameter.
/// </summary>
internal sealed partial class UrlTemplate
{
    public const string Since = "since";
    public const string Until = "until";
    public const string Page = "page";
    public const string Cursor = "cursor";
    public const string Limit = "limit";

    private const int MaxLength = 4_000;
    private const int MatchMilliseconds = 1_000;
    private static readonly string[] Known = [Since, Until, Page, Cursor, Limit];

    private readonly string text;
    private readonly HashSet<string> names;

    private UrlTemplate(string text, HashSet<string> names) => (this.text, this.names) = (text, names);

    /// <summary>The server, for which the secret headers are.</summary>
    public Uri Server => new(Fill(new Dictionary<string, string>()).GetLeftPart(UriPartial.Authority));

    public bool Has(string name) => names.Contains(name);

    /// <summary>Reads a template that came in a request.</summary>
    /// <param name="field">The proto path of the field, for the error.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static UrlTemplate Parse(string text, string field)
    {
        RequestFields.Text(text, field, MaxLength);
        if (text.Length == 0)
        {
            throw DendriteException.Invalid(field, "is missing; give an address such as https://example.org/items");
        }

        if (text.Any(character => character is '\\' or ' ' or '"' or '<' or '>' || char.IsControl(character)))
        {
            throw DendriteException.Invalid(field, "holds a blank, quote, bracket or backslash; percent-encode it");
        }

        var template = new UrlTemplate(text, NamesOf(text, field));
        template.CheckAddress(field);
        return template;
    }

    /// <summary>The address of a request.</summary>
    /// <param name="values">Of the parts in braces; one that is missing is filled in as empty.</param>
    public Uri Fill(IReadOnlyDictionary<string, string> values) =>
        new(
            Braces()
                .Replace(text, part => Uri.EscapeDataString(values.GetValueOrDefault(part.Groups["name"].Value, "")))
        );

    private static HashSet<string> NamesOf(string text, string field)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Match part in Braces().Matches(text))
        {
            var name = part.Groups["name"].Value;
            if (!Known.Contains(name))
            {
                var known = string.Join(", ", Known.Select(each => $"{{{each}}}"));
                var shown = RequestFields.Excerpt(name);
                throw DendriteException.Invalid(
                    field,
                    $"has the unknown part {{{shown}}}; these are filled in: {known}"
                );
            }

            names.Add(name);
        }

        return Braces().Replace(text, "").AsSpan().IndexOfAny('{', '}') < 0
            ? names
            : throw DendriteException.Invalid(
                field,
                "has a brace without its counterpart; write %7B and %7D for braces"
            );
    }

    private void CheckAddress(string field)
    {
        if (!Uri.TryCreate(Braces().Replace(text, "0"), UriKind.Absolute, out var url))
        {
            throw DendriteException.Invalid(field, "is no address; give one such as https://example.org/items");
        }

        if (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp)
        {
            var scheme = RequestFields.Excerpt(url.Scheme);
            throw DendriteException.Invalid(field, $"has the scheme '{scheme}'; only https and http are fetched");
        }

        if (url.UserInfo.Length > 0 || Authority().Match(text).Value.Contains('@', StringComparison.Ordinal))
        {
            throw DendriteException.Invalid(
                field,
                "holds credentials; name a secret of the installation in secret_headers"
            );
        }

        if (url.Fragment.Length > 0 || text.Contains('#', StringComparison.Ordinal))
        {
            throw DendriteException.Invalid(field, "has a fragment (#), which is never sent; remove it");
        }

        if (Authority().Match(text).Value.Contains('{', StringComparison.Ordinal) || url.Host.Length == 0)
        {
            throw DendriteException.Invalid(
                field,
                "has no fixed host; parts in braces stand in path and query only: no value may change whom is called"
            );
        }
    }

    /// <summary>As it was given.</summary>
    public override string ToString() => text;

    [GeneratedRegex(@"\{(?<name>[^{}]*)\}", RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex Braces();

    [GeneratedRegex("^[^/?]*(//)?[^/?]*", RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex Authority();
}
