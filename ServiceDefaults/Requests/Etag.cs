using System.Globalization;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>Etags of resources that count their changes: <c>"7"</c> is the seventh.</summary>
public static class Etag
{
    /// <summary>No resource has it: an etag that is not ours matches nothing, as one that is old.</summary>
    private const long NoRevision = -1;

    public static string Of(long revision) => $"\"{revision.ToString(CultureInfo.InvariantCulture)}\"";

    /// <summary>The revision that the caller expects; null where the caller does not care.</summary>
    public static long? ToRevision(string etag)
    {
        if (etag.Length == 0)
        {
            return null;
        }

        var digits = etag.Length > 2 && etag[0] == '"' && etag[^1] == '"' ? etag[1..^1] : "";
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : NoRevision;
    }
}
