using System.Text;
using Dendrite.Contracts.Names;
using Dendrite.Errors;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>
/// What fields of requests may hold. All throw <see cref="ErrorReason.InvalidArgument"/> with the field's path.
/// </summary>
public static class RequestFields
{
    private const int MaxLabels = 64;
    private const int MaxLabelValueLength = 256;

    /// <summary>Text for people: no control characters but line ends and tabs.</summary>
    /// <param name="maxLength">In UTF-16 characters.</param>
    public static string Text(string value, string field, int maxLength) =>
        Checked(value, field, maxLength, rune => Rune.IsControl(rune));

    /// <summary>
    /// Text that comes from a device: those control characters that are of Latin-1 (U+0080 to U+009F) are what devices
    /// make of other encodings. Spools hold them, and a gateway that is refused never gets past them.
    /// </summary>
    /// <param name="maxLength">In UTF-16 characters.</param>
    public static string DeviceText(string value, string field, int maxLength) =>
        Checked(value, field, maxLength, rune => rune.IsAscii && Rune.IsControl(rune));

    private static string Checked(string value, string field, int maxLength, Func<Rune, bool> isControl)
    {
        if (value.Length > maxLength)
        {
            throw DendriteException.Invalid(field, $"has {value.Length} characters; at most {maxLength} are allowed");
        }

        foreach (var rune in value.EnumerateRunes())
        {
            if (isControl(rune) && rune.Value is not ('\n' or '\r' or '\t'))
            {
                throw DendriteException.Invalid(field, $"holds the control character U+{rune.Value:X4}; remove it");
            }
        }

        return value;
    }

    public static IReadOnlyDictionary<string, string> Labels(IReadOnlyDictionary<string, string> labels, string field)
    {
        if (labels.Count > MaxLabels)
        {
            throw DendriteException.Invalid(field, $"has {labels.Count} entries; at most {MaxLabels} are allowed");
        }

        foreach (var (key, value) in labels)
        {
            if (!ResourceId.IsValid(key))
            {
                throw DendriteException.Invalid(field, $"has the key '{Excerpt(key)}'; a key is {ResourceId.Form}");
            }

            DeviceText(value, $"{field}.{key}", MaxLabelValueLength);
        }

        return labels;
    }

    /// <summary>A request id, or null for none.</summary>
    public static Guid? RequestId(string value, string field = "request_id")
    {
        if (value.Length == 0)
        {
            return null;
        }

        return Guid.TryParseExact(value, "D", out var id) && id != Guid.Empty
            ? id
            : throw DendriteException.Invalid(field, $"'{Excerpt(value)}' is not a UUID such as one of version 4");
    }

    /// <summary>A stranger's text in a message: its beginning, and nothing that moves a cursor.</summary>
    public static string Excerpt(string text) =>
        string.Concat(text.Take(40).Select(character => char.IsControl(character) ? '?' : character));
}
