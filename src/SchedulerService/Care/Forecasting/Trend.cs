namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>How fast something grows: a line through readings, and between which slopes the true one lies.</summary>
/// <param name="PerDay">The line's slope, in units of the readings a day.</param>
/// <param name="LowPerDay">The least slope of the interval of <see cref="TheilSen.Confidence"/>.</param>
/// <param name="HighPerDay">The greatest.</param>
internal sealed record Trend(double PerDay, double LowPerDay, double HighPerDay)
{
    /// <summary>How many readings it is drawn through.</summary>
    public required int Count { get; init; }

    public required DateTimeOffset First { get; init; }

    public required DateTimeOffset Last { get; init; }

    /// <summary>What the line says of the last reading: that reading without its noise.</summary>
    public required double Level { get; init; }
}
