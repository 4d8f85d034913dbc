using System.Globalization;

namespace Dendrite.Signals.Formats.Layout;

/// <summary>A value of a text header: its name and place for messages, and its numbers checked.</summary>
/// <param name="Name">As messages call it.</param>
/// <param name="Offset">Of its line, in bytes.</param>
/// <param name="Text">Without the spaces around it.</param>
/// <param name="File">Empty for the main file.</param>
internal readonly record struct FieldText(string Name, long Offset, string Text, string File = "")
{
    /// <exception cref="RecordingFormatException">It is none, or out of range.</exception>
    public long ReadInteger(long min, long max)
    {
        if (!long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value))
        {
            throw Refuse(Text.Length == 0 ? "Empty where a whole number belongs." : $"'{Text}' is not a whole number.");
        }
        return value >= min && value <= max ? value : throw Refuse($"{value} is outside {min} to {max}.");
    }

    /// <exception cref="RecordingFormatException">It is none, or not finite.</exception>
    public double ReadDouble()
    {
        bool isNumber = double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        return isNumber && double.IsFinite(value)
            ? value
            : throw Refuse(Text.Length == 0 ? "Empty where a number belongs." : $"'{Text}' is not a number.");
    }

    /// <exception cref="RecordingFormatException">It is no rate in Hz.</exception>
    public RecordedRate ReadRate() =>
        RecordedRate.TryParse(Text) ?? throw Refuse($"'{Text}' is not a rate between 0 and 100 MHz.");

    public RecordingFormatException Refuse(string problem) => new(Name, Offset, problem, File);
}
