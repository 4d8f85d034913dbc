namespace Dendrite.Signals.Analysis;

/// <summary>A band of frequencies, <c>Low &lt;= f &lt; High</c>, in Hz.</summary>
public readonly record struct FrequencyBand(double Low, double High)
{
    public static FrequencyBand Delta { get; } = new(0.5, 4);

    public static FrequencyBand Theta { get; } = new(4, 8);

    public static FrequencyBand Alpha { get; } = new(8, 13);

    public static FrequencyBand Beta { get; } = new(13, 30);

    public static FrequencyBand Gamma { get; } = new(30, 100);
}
