namespace Dendrite.Signals.Edf;

/// <summary>Names, places and widths of the header's fields, in bytes, as the EDF specification lists them.</summary>
internal static class EdfLayout
{
    public const int MainHeaderBytes = 256;
    public const int SignalHeaderBytes = 256;

    /// <summary>The specification asks for at most 61,440 bytes; files with a single long record exceed it.</summary>
    public const int MaxRecordBytes = 256 << 20;

    /// <summary>
    /// Nearly thirty years: no recording is longer. A larger number is damage, and times built from it would not fit
    /// the 64-bit nanoseconds in which the platform counts.
    /// </summary>
    public const decimal MaxSeconds = 9e8m;

    public static readonly (string Name, int Width)[] Main =
    [
        ("version", 8),
        ("patient", 80),
        ("recording", 80),
        ("start date", 8),
        ("start time", 8),
        ("header bytes", 8),
        ("reserved", 44),
        ("number of data records", 8),
        ("record duration", 8),
        ("number of signals", 4),
    ];

    /// <summary>Each of these stands for every signal in turn before the next begins.</summary>
    public static readonly (string Name, int Width)[] Signal =
    [
        ("label", 16),
        ("transducer", 80),
        ("unit", 8),
        ("physical minimum", 8),
        ("physical maximum", 8),
        ("digital minimum", 8),
        ("digital maximum", 8),
        ("prefilter", 80),
        ("samples per record", 8),
        ("signal reserved", 32),
    ];

    /// <summary>The field of the main header at a byte offset.</summary>
    public static string MainFieldAt(long offset)
    {
        int field = 0;
        for (long end = Main[0].Width; end <= offset && field < Main.Length - 1; end += Main[field].Width)
        {
            field++;
        }
        return Main[field].Name;
    }

    /// <summary>The field of the signal headers at a byte offset of the file.</summary>
    public static string SignalFieldAt(long offset, int signals)
    {
        long at = offset - MainHeaderBytes;
        foreach (var (name, width) in Signal)
        {
            if (at < (long)width * signals)
            {
                return $"signal {at / width}: {name}";
            }
            at -= (long)width * signals;
        }
        return Signal[^1].Name;
    }
}
