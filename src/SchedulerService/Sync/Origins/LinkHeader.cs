namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>The <c>Link</c> header (RFC 8288): <c>&lt;/items?p=3&gt;; rel="next", &lt;/items&gt;;
/// rel=first</c>.</summary>
internal static class LinkHeader
{
    private const string Blanks = " \t";

    /// <summary>The target whose relation is <c>next</c>; null where there is none.</summary>
    /// <param name="values">Each header field of that name.</param>
    public static string? FindNext(IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            var rest = value.AsSpan();
            while (TryTakeLink(ref rest, out var target, out var relation))
            {
                if (relation.Split(' ').Contains("next", StringComparer.OrdinalIgnoreCase))
                {
                    return target;
                }
            }
        }

        return null;
    }

    /// <summary>Takes one link with its parameters; false where nothing that is one follows.</summary>
    private static bool TryTakeLink(ref ReadOnlySpan<char> rest, out string target, out string relation)
    {
        (target, relation) = ("", "");
        rest = rest.TrimStart(" \t,");
        var end = rest.IndexOf('>');
        if (rest.IsEmpty || rest[0] != '<' || end < 0)
        {
            return false;
        }

        target = rest[1..end].ToString();
        rest = rest[(end + 1)..].TrimStart(Blanks);
        string? first = null;
        while (!rest.IsEmpty && rest[0] == ';')
        {
            rest = rest[1..].TrimStart(Blanks);
            var (name, value) = TakeParameter(ref rest);
            // Of several only the first counts, says section 3.3.
            first ??= name.Equals("rel", StringComparison.OrdinalIgnoreCase) ? value : null;
        }

        relation = first ?? "";
        return true;
    }

    private static (string Name, string Value) TakeParameter(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny("=;,");
        var name = (end < 0 ? rest : rest[..end]).Trim(Blanks).ToString();
        rest = end < 0 ? default : rest[end..];
        if (rest.IsEmpty || rest[0] != '=')
        {
            return (name, "");
        }

        rest = rest[1..].TrimStart(Blanks);
        return (name, !rest.IsEmpty && rest[0] == '"' ? TakeQuoted(ref rest) : TakePlain(ref rest));
    }

    private static string TakePlain(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(";,");
        var value = (end < 0 ? rest : rest[..end]).Trim(Blanks).ToString();
        rest = end < 0 ? default : rest[end..];
        return value;
    }

    private static string TakeQuoted(ref ReadOnlySpan<char> rest)
    {
        var value = new System.Text.StringBuilder();
        var i = 1;
        for (; i < rest.Length && rest[i] != '"'; i++)
        {
            // A backslash stands before what is meant as it is.
            i += rest[i] == '\\' && i + 1 < rest.Length ? 1 : 0;
            value.Append(rest[i]);
        }

        rest = i < rest.Length ? rest[(i + 1)..].TrimStart(Blanks) : default;
        return value.ToString();
    }
}
