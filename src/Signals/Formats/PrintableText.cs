namespace Dendrite.Signals.Formats;

/// <summary>
/// Bytes of a damaged file end up in messages: their control characters must not reach a terminal or a log.
/// </summary>
internal static class PrintableText
{
    public static string Of(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
