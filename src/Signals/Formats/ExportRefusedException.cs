namespace Dendrite.Signals.Formats;

/// <summary>A recording that a format cannot hold as it is; nothing is ever shortened or rounded unasked.</summary>
/// <param name="subject">What does not fit: <c>channel 'EEG F3-M2 left mastoid': label</c>.</param>
/// <param name="problem">What is wrong with it and what to do, in full sentences.</param>
public sealed class ExportRefusedException(string subject, string problem)
    : FormatException($"{PrintableText.Of(subject)}: {PrintableText.Of(problem)}")
{
    public string Subject { get; } = PrintableText.Of(subject);
}
