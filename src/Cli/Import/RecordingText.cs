namespace Dendrite.Cli.Import;

/// <summary>
/// Texts of a file as the services take them. A header with control characters, such as NUL in place of spaces, is read
/// with a warning: here they become question marks, so that the file can be imported at all.
/// </summary>
internal static class RecordingText
{
    public static string Clean(string text) =>
        text.Any(IsRefused) ? string.Concat(text.Select(character => IsRefused(character) ? '?' : character)) : text;

    /// <summary>What fits, without half of a character that takes two places.</summary>
    public static string Clean(string text, int maxLength)
    {
        string clean = Clean(text);
        if (clean.Length <= maxLength)
        {
            return clean;
        }
        return clean[..(char.IsHighSurrogate(clean[maxLength - 1]) ? maxLength - 1 : maxLength)];
    }

    private static bool IsRefused(char character) => character is (< ' ' and not ('\n' or '\r' or '\t')) or (char)0x7F;
}
