using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Edf;

/// <summary>Makes labels unique: channels are addressed by name, and files repeat names or leave them empty.</summary>
internal sealed class EdfLabels
{
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    public string MakeUnique(in EdfField field, string label, int index)
    {
        string wanted = label;
        if (label.Length == 0)
        {
            wanted = $"signal {index}";
            field.Warn(RecordingWarningKind.LabelEmpty, $"Empty; called '{wanted}'.");
        }
        string unique = wanted;
        for (int number = 2; !taken.Add(unique); number++)
        {
            unique = $"{wanted} ({number})";
        }
        if (unique != wanted)
        {
            field.Warn(
                RecordingWarningKind.LabelDuplicate,
                $"'{wanted}' is the label of an earlier signal; called '{unique}'."
            );
        }
        return unique;
    }
}
