namespace Dendrite.Signals.Formats.Layout;

/// <summary>Makes labels unique: channels are addressed by name, and files repeat names or leave them empty.</summary>
internal sealed class UniqueLabels(RecordingWarnings warnings)
{
    /// <summary>What the platform takes; the number of a repeated label must fit too.</summary>
    private const int MaxLength = 80;

    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    public string Make(string label, int index, FieldText field)
    {
        string wanted = label.Trim();
        if (wanted.Length == 0)
        {
            wanted = $"channel {index + 1}";
            Warn(RecordingWarningKind.LabelEmpty, field, $"Has no name; called '{wanted}'.");
        }
        if (wanted.Length > MaxLength)
        {
            wanted = wanted[..MaxLength];
        }
        string unique = wanted;
        for (int number = 2; !taken.Add(unique); number++)
        {
            string suffix = $" ({number})";
            unique = wanted[..Math.Min(wanted.Length, MaxLength - suffix.Length)] + suffix;
        }
        if (unique != wanted)
        {
            Warn(
                RecordingWarningKind.LabelDuplicate,
                field,
                $"'{wanted}' is the name of an earlier channel; called '{unique}'."
            );
        }
        return unique;
    }

    private void Warn(RecordingWarningKind kind, FieldText field, string message) =>
        warnings.Add(kind, field.Name, field.Offset, message, field.File);
}
