using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// What turns the integers of a converter into the floats that a driver delivers: one multiplication or one division of
/// doubles, then rounding to the sample's type. Text with so many decimals is a division by a power of ten.
/// </summary>
/// <param name="Factor">Finite and above zero.</param>
/// <param name="Divides">Whether the integer is divided by the factor.</param>
internal readonly record struct Scale(double Factor, bool Divides)
{
    /// <summary>Numbers above this are no integers of ours: differences of any two still fit 32 bits.</summary>
    public const int MaxNumber = 1 << 30;

    /// <summary>
    /// Adding it to a number below 2^51 leaves that number, rounded to an integer, in the low bits of the mantissa.
    /// </summary>
    public const double Rounder = 3L << 51;

    public double Value(double number) => Divides ? number / Factor : number * Factor;

    public Vector256<double> Values(Vector256<double> numbers) => Divides ? numbers / Factor : numbers * Factor;

    /// <summary>What a value would be divided by the scale; close to an integer where the scale is right.</summary>
    public double Number(double value) => Divides ? value * Factor : value / Factor;

    public Vector256<double> Numbers(Vector256<double> values) => Divides ? values * Factor : values / Factor;
}
