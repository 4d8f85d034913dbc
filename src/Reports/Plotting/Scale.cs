using Dendrite.Reports.Text;

namespace Dendrite.Reports.Plotting;

/// <summary>Where a value stands on an axis, in units of the picture, and which values are labelled.</summary>
internal abstract record Scale
{
    /// <summary>The place of a value; of one beyond the ends, that end.</summary>
    public abstract double Place(double value);

    /// <summary>Labelled values, rising; none beyond the ends.</summary>
    public abstract IReadOnlyList<Tick> Ticks { get; }
}

/// <summary>A labelled value of an axis.</summary>
internal readonly record struct Tick(double Value, string Label);

/// <summary>An axis on which equal differences are equal distances.</summary>
internal sealed record LinearScale : Scale
{
    private readonly double low;
    private readonly double high;
    private readonly double start;
    private readonly double end;
    private readonly int about;

    /// <param name="low">The value at <paramref name="start"/>. Equal ends are drawn apart, with room on both
    /// sides.</param>
    /// <param name="high">The value at <paramref name="end"/>, not less than <paramref name="low"/>.</param>
    /// <param name="about">About how many ticks.</param>
    public LinearScale(double low, double high, double start, double end, int about = 5)
    {
        var room = high > low ? 0 : Math.Max(Math.Abs(low) / 2, 1);
        (this.low, this.high) = (low - room, high + room);
        (this.start, this.end, this.about) = (start, end, about);
    }

    public override double Place(double value) =>
        // Halves, for the distance of the largest doubles is infinite.
        start + ((end - start) * (((Math.Clamp(value, low, high) / 2) - (low / 2)) / ((high / 2) - (low / 2))));

    public override IReadOnlyList<Tick> Ticks
    {
        get
        {
            var step = StepOf(((high / 2) - (low / 2)) / about * 2);
            var first = Math.Ceiling((low / step) - 1e-9);
            var last = Math.Floor((high / step) + 1e-9);
            // An interval that is small beside its distance from 0 has no ticks that doubles tell apart.
            return last - first > 4 * about || !double.IsFinite(step)
                ? []
                :
                [
                    .. Enumerable
                        .Range(0, (int)(last - first) + 1)
                        .Select(i => (first + i) * step)
                        .Select(value => new Tick(value, Numbers.Tick(value, step))),
                ];
        }
    }

    /// <summary>1, 2 or 5 times a power of ten, not less than the distance.</summary>
    private static double StepOf(double distance)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(distance)));
        var factor = distance / power;
        return power
            * (
                factor <= 1 ? 1
                : factor <= 2 ? 2
                : factor <= 5 ? 5
                : 10
            );
    }
}

/// <summary>An axis on which equal ratios are equal distances.</summary>
internal sealed record LogScale : Scale
{
    private static readonly double[] Fine = [1, 2, 5];
    private readonly double low;
    private readonly double high;
    private readonly double start;
    private readonly double end;

    /// <param name="low">Positive. Equal ends are drawn a factor of ten apart on both sides.</param>
    public LogScale(double low, double high, double start, double end)
    {
        var room = high > low ? 1 : 10;
        (this.low, this.high) = (low / room, high * room);
        (this.start, this.end) = (start, end);
    }

    public override double Place(double value) =>
        start + ((end - start) * (Math.Log10(Math.Clamp(value, low, high) / low) / Math.Log10(high / low)));

    public override IReadOnlyList<Tick> Ticks
    {
        get
        {
            var decades = Math.Log10(high / low);
            var factors = decades < 3.5 ? Fine : [1];
            // More than eight labels meet each other.
            var step = Math.Max(1, (int)Math.Ceiling(decades / 8));
            var exponents =
                from exponent in Enumerable.Range(
                    (int)Math.Floor(Math.Log10(low)),
                    Math.Max(0, (int)Math.Ceiling(decades) + 2)
                )
                where exponent % step == 0
                from factor in factors
                select factor * Math.Pow(10, exponent);
            return
            [
                .. exponents
                    .Where(value => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9))
                    .Select(value => new Tick(value, Numbers.LogTick(value))),
            ];
        }
    }
}
