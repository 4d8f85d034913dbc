using System.Buffers;
using System.Globalization;
using System.Text;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Edf;

/// <summary>
/// A fixed-width ASCII field of the header: its name and place for messages, its text and numbers checked.
/// </summary>
internal readonly struct EdfField
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789+-.eE");

    private readonly RecordingWarnings warnings;

    public EdfField(string name, long offset, ReadOnlySpan<byte> bytes, RecordingWarnings warnings)
    {
        this.warnings = warnings;
        Name = name;
        Offset = offset;
        // Latin-1 maps every byte to the character of the same number, so nothing is lost; ASCII is its first half.
        string text = Encoding.Latin1.GetString(bytes);
        if (text.Contains('\0'))
        {
            Warn(RecordingWarningKind.NulPadding, "Has NUL where the format has spaces; read as spaces.");
            text = text.Replace('\0', ' ');
        }
        Text = text.Trim(' ');
    }

    public string Name { get; }

    public long Offset { get; }

    /// <summary>The content without the spaces around it.</summary>
    public string Text { get; }

    /// <summary>
    /// The content as free text; other bytes than printable ASCII are kept as Latin-1, with a warning.
    /// </summary>
    public string ReadText()
    {
        if (Text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            Warn(RecordingWarningKind.TextNotAscii, $"'{Printable}' has characters outside ASCII; read as Latin-1.");
        }
        return Printable;
    }

    /// <summary>A whole number. <c>12.0</c> is taken as 12 with a warning.</summary>
    public long ReadInteger(long min, long max)
    {
        if (!long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value))
        {
            decimal number = ReadDecimal(min, max);
            if (number != decimal.Truncate(number))
            {
                throw Refuse($"'{Printable}' is not a whole number.");
            }
            Warn(
                RecordingWarningKind.NumberNotInteger,
                $"'{Printable}' where a whole number belongs; read as {number:0}."
            );
            value = (long)number;
        }
        return value >= min && value <= max
            ? value
            : throw Refuse($"{value} is outside {min} to {max}. Correct the header with the software that wrote it.");
    }

    /// <summary>A decimal number, exact.</summary>
    public decimal ReadDecimal(decimal min, decimal max)
    {
        RequireNumberCharacters();
        if (!decimal.TryParse(Text, FloatStyle, CultureInfo.InvariantCulture, out decimal value))
        {
            throw NotANumber();
        }
        return value >= min && value <= max ? value : throw Refuse($"{Text} is outside {min} to {max}.");
    }

    /// <summary>A finite number in double precision.</summary>
    public double ReadDouble()
    {
        RequireNumberCharacters();
        return
            double.TryParse(Text, FloatStyle, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw NotANumber();
    }

    public void Warn(RecordingWarningKind kind, string message) => warnings.Add(kind, Name, Offset, message);

    public RecordingFormatException Refuse(string problem) => new(Name, Offset, problem);

    private static NumberStyles FloatStyle =>
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private string Printable => PrintableText.Of(Text);

    /// <summary>Keeps words that .NET reads as numbers (NaN, Infinity) and decimal commas out.</summary>
    private void RequireNumberCharacters()
    {
        if (Text.Contains(','))
        {
            throw Refuse($"'{Printable}' has a comma, which could mark decimals or thousands. Write it with a point.");
        }
        if (Text.Length == 0 || Text.AsSpan().ContainsAnyExcept(NumberCharacters))
        {
            throw NotANumber();
        }
    }

    private RecordingFormatException NotANumber() =>
        Refuse(Text.Length == 0 ? "Empty where a number belongs." : $"'{Printable}' is not a number.");
}
