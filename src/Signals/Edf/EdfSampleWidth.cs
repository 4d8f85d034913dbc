namespace Dendrite.Signals.Edf;

/// <summary>
/// What tells BDF from EDF: the bytes of a sample, which the first byte of the file announces. All else is the same
/// layout. The value is the number of bytes.
/// </summary>
public enum EdfSampleWidth
{
    /// <summary>16 bits, two's complement, little-endian.</summary>
    Edf = 2,

    /// <summary>24 bits, two's complement, little-endian.</summary>
    Bdf = 3,
}

internal static class EdfSampleWidths
{
    public static int Min(this EdfSampleWidth width) => width == EdfSampleWidth.Bdf ? -0x80_0000 : short.MinValue;

    public static int Max(this EdfSampleWidth width) => width == EdfSampleWidth.Bdf ? 0x7F_FFFF : short.MaxValue;

    /// <summary>The name of the format, <c>EDF</c>, and how its annotation signals are called begins with it.</summary>
    public static string Name(this EdfSampleWidth width) => width == EdfSampleWidth.Bdf ? "BDF" : "EDF";

    public static string AnnotationLabel(this EdfSampleWidth width) => $"{width.Name()} Annotations";

    /// <summary>The other of the two.</summary>
    public static EdfSampleWidth Other(this EdfSampleWidth width) =>
        width == EdfSampleWidth.Bdf ? EdfSampleWidth.Edf : EdfSampleWidth.Bdf;
}
