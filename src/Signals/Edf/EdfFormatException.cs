namespace Dendrite.Signals.Edf;

/// <summary>
/// A file that is not imported because what it means cannot be known (docs/edf-import.md has the rule for each case).
/// </summary>
/// <param name="field">
/// The field of the format at fault, such as <c>record duration</c> or <c>signal 2: label</c>.
/// </param>
/// <param name="offset">Where the field begins, in bytes from the start of the file.</param>
/// <param name="problem">What was found and what to do about it, in full sentences.</param>
public sealed class EdfFormatException(string field, long offset, string problem)
    : FormatException($"{field} (byte {offset}): {problem}")
{
    public string Field { get; } = field;

    public long Offset { get; } = offset;

    public string Problem { get; } = problem;
}
