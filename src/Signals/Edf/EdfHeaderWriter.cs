using System.Globalization;
using System.Text;

namespace Dendrite.Signals.Edf;

/// <summary>Lays a header out as the file has it.</summary>
internal static class EdfHeaderWriter
{
    /// <summary>The header's bytes.</summary>
    /// <exception cref="ArgumentException">A value does not fit its field; nothing is ever shortened.</exception>
    public static byte[] Write(EdfHeader header)
    {
        var text = new StringBuilder(header.HeaderBytes);
        var start = header.StartTime ?? EdfStartTime.Unknown;
        string[] main =
        [
            header.Width == EdfSampleWidth.Bdf ? " BIOSEMI" : "0",
            header.Patient,
            header.Recording,
            Date(start),
            start.ToString("HH.mm.ss", CultureInfo.InvariantCulture),
            Number(header.HeaderBytes),
            Reserved(header),
            Number(header.RecordCount),
            EdfNumber.Write(header.RecordDurationSeconds),
            Number(header.Signals.Count),
        ];
        for (int field = 0; field < main.Length; field++)
        {
            Append(text, EdfLayout.Main[field], main[field]);
        }
        for (int field = 0; field < EdfLayout.Signal.Length; field++)
        {
            foreach (var signal in header.Signals)
            {
                Append(text, EdfLayout.Signal[field], SignalField(signal, field));
            }
        }
        byte[] bytes = Encoding.ASCII.GetBytes(text.ToString());
        if (header.Width == EdfSampleWidth.Bdf)
        {
            // The one byte of the header that is not ASCII.
            bytes[0] = 0xFF;
        }
        return bytes;
    }

    /// <summary>A header as it stands, but for its number of data records.</summary>
    public static byte[] WithRecordCount(byte[] header, long recordCount)
    {
        const int offset = 236;
        byte[] changed = [.. header];
        Encoding.ASCII.GetBytes(Number(recordCount).PadRight(EdfNumber.Width)).CopyTo(changed, offset);
        return changed;
    }

    private static string SignalField(EdfSignal signal, int field) =>
        field switch
        {
            0 => signal.OriginalLabel,
            1 => signal.Transducer,
            2 => signal.Unit,
            3 => EdfNumber.Write(signal.Calibration.PhysicalMin),
            4 => EdfNumber.Write(signal.Calibration.PhysicalMax),
            5 => Number(signal.Calibration.DigitalMin),
            6 => Number(signal.Calibration.DigitalMax),
            7 => signal.Prefilter,
            8 => Number(signal.SamplesPerRecord),
            _ => "",
        };

    private static void Append(StringBuilder text, (string Name, int Width) field, string value)
    {
        bool printable = !value.AsSpan().ContainsAnyExceptInRange(' ', '~');
        if (!printable || value.Length > field.Width)
        {
            throw new ArgumentException(
                $"'{value}' does not fit {field.Name}: at most {field.Width} ASCII characters.",
                nameof(value)
            );
        }
        text.Append(value.PadRight(field.Width));
    }

    /// <summary>
    /// After 2084 two digits mean a year of the last century: EDF+ then has <c>yy</c>, and the full date elsewhere.
    /// </summary>
    private static string Date(DateTime start) =>
        start.Year is >= EdfStartTime.FirstTwoDigitYear and <= EdfStartTime.LastTwoDigitYear
            ? start.ToString("dd.MM.yy", CultureInfo.InvariantCulture)
            : start.ToString("dd.MM.", CultureInfo.InvariantCulture) + "yy";

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Reserved(EdfHeader header) =>
        header.IsEdfPlus ? header.FormatName
        : header.Width == EdfSampleWidth.Bdf ? "24BIT"
        : "";
}
