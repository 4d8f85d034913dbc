namespace Dendrite.Signals.Synthetic;

/// <summary>
/// A small random generator (Steele, Lea, Flood 2014) whose sequence is the same on every runtime and in every
/// language.
/// </summary>
internal struct SplitMix64(ulong seed)
{
    private ulong state = seed;

    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        ulong mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>
    /// Nearly normal with mean 0 and variance 1: the sum of four uniforms, which is fast and has light tails.
    /// </summary>
    public double NextNormal()
    {
        ulong bits = Next();
        double sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
        return ((sum / 65536.0) - 2.0) * 1.7320508;
    }
}
