namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>Texts for the header's fields, which hold so many characters of printable ASCII.</summary>
/// <param name="shorten">Cut what does not fit, instead of refusing it.</param>
/// <param name="warnings">Told of what was cut.</param>
internal sealed class SignalText(bool shorten, List<string> warnings)
{
    private readonly HashSet<string> labels = new(StringComparer.Ordinal);

    /// <exception cref="ExportRefusedException">It does not fit, and shall not be cut.</exception>
    public string Fit(string subject, string text, int width)
    {
        // Both of its signs; uV is how the format has always written it.
        string plain = text.Replace('µ', 'u').Replace('μ', 'u').Trim();
        bool printable = !plain.AsSpan().ContainsAnyExceptInRange(' ', '~');
        if (printable && plain.Length <= width)
        {
            return plain;
        }
        if (!shorten)
        {
            throw new ExportRefusedException(
                subject,
                $"'{plain}' does not fit its field of {width} ASCII characters. Cut what does not fit with --shorten."
            );
        }
        string cut = Ascii(plain);
        cut = cut[..Math.Min(cut.Length, width)].TrimEnd();
        warnings.Add($"{subject}: '{PrintableText.Of(plain)}' was cut to '{cut}'.");
        return cut;
    }

    /// <summary>As <see cref="Fit"/>, and unlike every label before: cut ones get a number.</summary>
    public string FitLabel(string subject, string label, int width)
    {
        string fitted = Fit(subject, label, width);
        string unique = fitted;
        for (int number = 2; !labels.Add(unique); number++)
        {
            string suffix = $"~{number}";
            unique = fitted[..Math.Min(fitted.Length, width - suffix.Length)] + suffix;
        }
        return unique;
    }

    private static string Ascii(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?'));
}
