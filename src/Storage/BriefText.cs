namespace Dendrite.Storage;

/// <summary>
/// Texts cut to a length, between characters: half of a surrogate pair is no text, and PostgreSQL is never sent one.
/// Lengths are UTF-16 code units.
/// </summary>
public static class BriefText
{
    /// <summary>The text, or as much of its beginning as fits.</summary>
    public static string Cut(string text, int maxLength) =>
        text.Length <= maxLength ? text : text[..EndWithin(text, maxLength)];

    /// <summary>As <see cref="Cut"/>, with an ellipsis at the end where something is missing.</summary>
    public static string Shorten(string text, int maxLength) =>
        text.Length <= maxLength ? text : $"{text.AsSpan(0, EndWithin(text, maxLength - 1))}…";

    private static int EndWithin(string text, int length) =>
        length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
}
