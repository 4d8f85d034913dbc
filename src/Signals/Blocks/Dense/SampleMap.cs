namespace Dendrite.Signals.Blocks.Dense;

internal enum SampleMapKind : byte
{
    /// <summary>Numbers are samples.</summary>
    Same = 0,

    /// <summary>
    /// Samples lie on a lattice, as when a 12-bit converter's numbers were rescaled to 16 bits: sample = (number x step
    /// + offset) / 2^24, rounded down.
    /// </summary>
    Lattice = 1,

    /// <summary>Samples are numbers modulo 2^bits, as when a recorder let them overflow.</summary>
    Wrapped = 2,
}

/// <summary>How the numbers that are predicted become samples; undoes what hides the signal from prediction.</summary>
/// <param name="Kind">Which of the three.</param>
/// <param name="Step">Of a lattice: in units of 2^-24, 1 to 2^40 - 1.</param>
/// <param name="Offset">Of a lattice: in units of 2^-24, -2^39 to 2^39 - 1.</param>
/// <param name="Bits">Of wrapped samples: 1 to 15.</param>
internal readonly record struct SampleMap(SampleMapKind Kind, long Step = 0, long Offset = 0, int Bits = 0)
{
    public const int FractionBits = 24;

    /// <summary>Replaces numbers by samples.</summary>
    public void Apply(ReadOnlySpan<short> numbers, Span<short> samples)
    {
        switch (Kind)
        {
            case SampleMapKind.Lattice:
                for (int i = 0; i < numbers.Length; i++)
                {
                    samples[i] = (short)(((numbers[i] * Step) + Offset) >> FractionBits);
                }
                break;
            case SampleMapKind.Wrapped:
                for (int i = 0; i < numbers.Length; i++)
                {
                    samples[i] = (short)((short)(numbers[i] << (16 - Bits)) >> (16 - Bits));
                }
                break;
            default:
                numbers.CopyTo(samples);
                break;
        }
    }
}
