namespace Dendrite.Signals.Formats;

/// <summary>
/// A file that is not imported because what it means cannot be known (docs/formats.md has the rule for each case).
/// </summary>
/// <param name="field">
/// The field of the format at fault, such as <c>record duration</c> or <c>signal 2: label</c>.
/// </param>
/// <param name="offset">Where the field begins, in bytes from the start of the file.</param>
/// <param name="problem">What was found and what to do about it, in full sentences.</param>
/// <param name="file">
/// Name of the file at fault where a recording has several; empty for the one that was named.
/// </param>
public sealed class RecordingFormatException(string field, long offset, string problem, string file = "")
    : FormatException(
        $"{(file.Length > 0 ? $"{file}: " : "")}{PrintableText.Of(field)} (byte {offset}): {PrintableText.Of(problem)}"
    )
{
    public string Field { get; } = PrintableText.Of(field);

    public long Offset { get; } = offset;

    public string Problem { get; } = PrintableText.Of(problem);

    public string File { get; } = file;
}
