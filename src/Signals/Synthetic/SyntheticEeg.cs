using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Synthetic;

/// <summary>What a synthetic recording looks like.</summary>
public sealed record SyntheticEegOptions
{
    public int ChannelCount { get; init; } = 32;

    public int SampleRateHz { get; init; } = 256;

    /// <summary>The same seed gives the same samples.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Frequency of the mains, in Hz.</summary>
    public double LineFrequencyHz { get; init; } = 50;

    /// <summary>Amplitude of the mains hum, in microvolts.</summary>
    public double LineMicrovolts { get; init; } = 1.5;

    /// <summary>Amplitude of theta (6 Hz), strongest in front, in microvolts. Default none.</summary>
    public double ThetaMicrovolts { get; init; }

    /// <summary>Amplitude of beta (21 Hz), in microvolts. Default none.</summary>
    public double BetaMicrovolts { get; init; }

    /// <summary>Epileptiform spikes (70 ms, 250 uV, each with a field of its own) a minute. Default none.</summary>
    public double SpikesPerMinute { get; init; }
}

/// <summary>
/// Makes resting-state EEG that looks and compresses like the real thing: a 1/f background in each channel, part of it
/// shared between neighbours; alpha (10 Hz) that waxes and wanes; mains hum; blinks that fade from front to back; where
/// asked for, theta, beta and spikes.
/// Samples come in order; ask for as many at a time as you like.
/// </summary>
public sealed class SyntheticEeg
{
    /// <summary>Microvolts a digital step: int16 reaches past 3 mV.</summary>
    public const double MicrovoltsPerStep = 0.1;

    private const double BackgroundMicrovolts = 9;
    private const double AlphaHz = 10;
    private const double AlphaMicrovolts = 18;
    private const double BurstHz = 0.11;
    private const double ThetaHz = 6;
    private const double BetaHz = 21;

    private readonly SyntheticEegOptions options;
    private readonly PinkNoise[] backgrounds;
    private readonly Blinks blinks;
    private readonly Spikes spikes;
    private readonly double[] instant;
    private PinkNoise shared;
    private long position;

    public SyntheticEeg(SyntheticEegOptions options)
    {
        this.options = options;
        backgrounds = new PinkNoise[options.ChannelCount];
        for (int channel = 0; channel < backgrounds.Length; channel++)
        {
            backgrounds[channel] = new PinkNoise(SeedOf(channel + 2));
        }
        shared = new PinkNoise(SeedOf(0));
        blinks = new Blinks(SeedOf(1), options.SampleRateHz);
        spikes = new Spikes(SeedOf(options.ChannelCount + 2), options.SampleRateHz, options.SpikesPerMinute);
        instant = new double[options.ChannelCount];
    }

    /// <summary>The names of the 10-20 system, from front to back, then numbered ones.</summary>
    public static string LabelOf(int channel) => channel < Names.Length ? Names[channel] : $"E{channel + 1}";

    private static string[] Names { get; } =
    [
        "Fp1",
        "Fp2",
        "F7",
        "F3",
        "Fz",
        "F4",
        "F8",
        "T7",
        "C3",
        "Cz",
        "C4",
        "T8",
        "P7",
        "P3",
        "Pz",
        "P4",
        "P8",
        "O1",
        "O2",
    ];

    /// <summary>
    /// Physical value of one step, in microvolts: finer where the type has room for it; 1 for floats.
    /// </summary>
    public static double MicrovoltsPerStepOf(SampleType type) =>
        type switch
        {
            SampleType.Int16 => MicrovoltsPerStep,
            SampleType.Int24 => MicrovoltsPerStep / 10,
            SampleType.Int32 => MicrovoltsPerStep / 1000,
            _ => 1,
        };

    /// <summary>Makes the next samples.</summary>
    /// <param name="planar">All of channel 0, then all of channel 1, ...; a whole number of samples for each.</param>
    public void Read(Span<short> planar)
    {
        int count = planar.Length / options.ChannelCount;
        for (int i = 0; i < count; i++)
        {
            Step();
            for (int channel = 0; channel < options.ChannelCount; channel++)
            {
                planar[(channel * count) + i] = (short)
                    Math.Clamp(Math.Round(instant[channel] / MicrovoltsPerStep), short.MinValue, short.MaxValue);
            }
        }
    }

    /// <summary>Makes the next samples in any type; see <see cref="MicrovoltsPerStepOf"/>.</summary>
    /// <param name="type">Of the samples.</param>
    /// <param name="planar">Little-endian; a whole number of samples for each channel.</param>
    public void Read(SampleType type, Span<byte> planar)
    {
        int size = type.SizeBytes();
        int count = planar.Length / size / options.ChannelCount;
        for (int i = 0; i < count; i++)
        {
            Step();
            for (int channel = 0; channel < options.ChannelCount; channel++)
            {
                SampleQuantizer.Write(type, instant[channel], planar[(((channel * count) + i) * size)..]);
            }
        }
    }

    /// <summary>Makes the next instant of all channels, in microvolts.</summary>
    private void Step()
    {
        double seconds = (double)position++ / options.SampleRateHz;
        double common = 0.6 * shared.Next() * BackgroundMicrovolts;
        double line = options.LineMicrovolts * Math.Sin(Math.Tau * options.LineFrequencyHz * seconds);
        double blink = blinks.Next();
        double theta = options.ThetaMicrovolts * Math.Sin(Math.Tau * ThetaHz * seconds);
        double beta = options.BetaMicrovolts * Math.Sin(Math.Tau * BetaHz * seconds);
        spikes.Step();
        for (int channel = 0; channel < options.ChannelCount; channel++)
        {
            double front = 1 - ((double)channel / options.ChannelCount);
            instant[channel] =
                common
                + line
                + (backgrounds[channel].Next() * BackgroundMicrovolts)
                + (Alpha(seconds, channel) * (1.2 - front))
                + (blink * front * front)
                + (theta * front)
                + beta
                + spikes.At(1 - front);
        }
    }

    /// <summary>A carrier under a slow envelope; each channel a little later than the one before.</summary>
    private static double Alpha(double seconds, int channel)
    {
        double envelope = Math.Max(0, Math.Sin((Math.Tau * BurstHz * seconds) + (channel * 0.05)));
        return AlphaMicrovolts * envelope * Math.Sin((Math.Tau * AlphaHz * seconds) + (channel * 0.13));
    }

    private ulong SeedOf(int part) => ((ulong)(uint)options.Seed << 32) + (uint)part;

    /// <summary>White noise through three one-pole filters whose sum falls about 3 dB an octave (P. Kellet).</summary>
    private struct PinkNoise(ulong seed)
    {
        private SplitMix64 random = new(seed);
        private double slow;
        private double middle;
        private double fast;

        public double Next()
        {
            double white = random.NextNormal();
            slow = (0.99765 * slow) + (white * 0.0990460);
            middle = (0.96300 * middle) + (white * 0.2965164);
            fast = (0.57000 * fast) + (white * 1.0526913);
            return (slow + middle + fast + (white * 0.1848)) / 2.5;
        }
    }

    /// <summary>A raised cosine of 0.3 s and 120 uV every three to seven seconds.</summary>
    private sealed class Blinks(ulong seed, int sampleRateHz)
    {
        private const double LengthSeconds = 0.3;
        private const double Microvolts = 120;

        private SplitMix64 random = new(seed);
        private int wait = 2 * sampleRateHz;
        private int phase;

        public double Next()
        {
            if (wait > 0)
            {
                wait--;
                return 0;
            }
            int length = (int)(LengthSeconds * sampleRateHz) + 1;
            double value = Microvolts * 0.5 * (1 - Math.Cos(Math.Tau * phase / length));
            if (++phase >= length)
            {
                phase = 0;
                wait = (int)((3 + (4 * random.NextDouble())) * sampleRateHz);
            }
            return value;
        }
    }
}
