namespace Dendrite.Cli.Import;

/// <summary>
/// Texts of a file as the services take them. A header with control characters, such as NUL in place of spaces, is read
/// with a warning: here they become question marks, so that the file can be imported at all.
/// </summary>
internal static class EdfText
{
    public static string Clean(string text) =>
        text.Any(IsRefused) ? string.Concat(text.Select(character => IsRefused(character) ? '?' : character)) : text;

    private static bool IsRefused(char character) => character is < ' ' and not ('\n' or '\r' or '\t') or (char)0x7F;
}
