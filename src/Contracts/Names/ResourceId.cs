namespace Dendrite.Contracts.Names;

/// <summary>
/// The form of one part of a resource name. Ids that callers choose begin with a lower-case letter and hold lower-case
/// letters, digits and hyphens: they survive URLs, file names, SQL identifiers and shells without quoting.
/// </summary>
public static class ResourceId
{
    /// <summary>Longest id in characters: the length of a DNS label.</summary>
    public const int MaxLength = 63;

    /// <summary>The form in words, for messages.</summary>
    public const string Form =
        "a lower-case letter, then up to 62 lower-case letters, digits or hyphens, not ending in a hyphen";

    /// <summary>True for an id that a caller may choose.</summary>
    public static bool IsValid(ReadOnlySpan<char> id) => IsServerMade(id) && char.IsAsciiLetterLower(id[0]);

    /// <summary>
    /// True for an id that a server may give, such as a UUID: as <see cref="IsValid"/>, or beginning with a digit.
    /// </summary>
    public static bool IsServerMade(ReadOnlySpan<char> id)
    {
        if (id.IsEmpty || id.Length > MaxLength || id[0] == '-' || id[^1] == '-')
            return false;
        foreach (var character in id)
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character != '-')
                return false;
        return true;
    }

    /// <summary>The id itself, checked.</summary>
    /// <param name="id">What the caller chose.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static string Check(string id, string field) => IsValid(id) ? id : throw NamePattern.MalformedId(field, id);
}
