using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>How float samples that are worked on as doubles lie in memory. All of them are doubles, exactly.</summary>
internal interface IFloatLayout
{
    static abstract SampleType Type { get; }

    /// <summary>Bits of the mantissa that are stored: 23 or 52.</summary>
    static abstract int MantissaBits { get; }

    /// <summary>Every finite sample is a multiple of two to this power.</summary>
    static abstract int LeastPower { get; }

    /// <summary>The sample as a double; the same number, but a NaN may come out as another NaN.</summary>
    static abstract double Get(ReadOnlySpan<byte> samples, int index);

    /// <summary>Writes a number, rounded to the nearest sample.</summary>
    static abstract void Put(Span<byte> samples, int index, double value);

    /// <summary>Four samples from <paramref name="index"/> on.</summary>
    static abstract Vector256<double> GetFour(ReadOnlySpan<byte> samples, int index);

    /// <summary>Writes four numbers, each rounded to the nearest sample.</summary>
    static abstract void PutFour(Span<byte> samples, int index, Vector256<double> values);

    /// <summary>Whether the numbers, rounded, have the bits of the four samples: bit i for sample i.</summary>
    static abstract uint EqualBits(ReadOnlySpan<byte> samples, int index, Vector256<double> values);
}

internal readonly struct Float64Layout : IFloatLayout
{
    public static SampleType Type => SampleType.Float64;

    public static int MantissaBits => 52;

    public static int LeastPower => -1074;

    public static double Get(ReadOnlySpan<byte> samples, int index) =>
        BinaryPrimitives.ReadDoubleLittleEndian(samples[(index * sizeof(double))..]);

    public static void Put(Span<byte> samples, int index, double value) =>
        BinaryPrimitives.WriteDoubleLittleEndian(samples[(index * sizeof(double))..], value);

    public static Vector256<double> GetFour(ReadOnlySpan<byte> samples, int index) =>
        Vector256.Create(samples.Slice(index * sizeof(double), Vector256<byte>.Count)).AsDouble();

    public static void PutFour(Span<byte> samples, int index, Vector256<double> values) =>
        values.AsByte().CopyTo(samples[(index * sizeof(double))..]);

    public static uint EqualBits(ReadOnlySpan<byte> samples, int index, Vector256<double> values) =>
        Vector256.Equals(GetFour(samples, index).AsInt64(), values.AsInt64()).ExtractMostSignificantBits();
}

internal readonly struct Float32Layout : IFloatLayout
{
    public static SampleType Type => SampleType.Float32;

    public static int MantissaBits => 23;

    public static int LeastPower => -149;

    public static double Get(ReadOnlySpan<byte> samples, int index) =>
        BinaryPrimitives.ReadSingleLittleEndian(samples[(index * sizeof(float))..]);

    public static void Put(Span<byte> samples, int index, double value) =>
        BinaryPrimitives.WriteSingleLittleEndian(samples[(index * sizeof(float))..], (float)value);

    public static Vector256<double> GetFour(ReadOnlySpan<byte> samples, int index)
    {
        var (low, high) = Vector128.Widen(Four(samples, index));
        return Vector256.Create(low, high);
    }

    public static void PutFour(Span<byte> samples, int index, Vector256<double> values) =>
        Rounded(values).AsByte().CopyTo(samples[(index * sizeof(float))..]);

    public static uint EqualBits(ReadOnlySpan<byte> samples, int index, Vector256<double> values) =>
        Vector128.Equals(Four(samples, index).AsInt32(), Rounded(values).AsInt32()).ExtractMostSignificantBits();

    private static Vector128<float> Four(ReadOnlySpan<byte> samples, int index) =>
        Vector128.Create(samples.Slice(index * sizeof(float), Vector128<byte>.Count)).AsSingle();

    private static Vector128<float> Rounded(Vector256<double> values) =>
        Vector128.Narrow(values.GetLower(), values.GetUpper());
}
