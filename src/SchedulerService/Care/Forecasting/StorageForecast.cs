namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>
/// When the disk will be full: by all that is written together, and by one project alone. Pure.
/// </summary>
/// <param name="Bytes">What it takes up now; of a project its rows, without indexes.</param>
/// <param name="Trend">How it grew; null where fewer than two readings are known.</param>
/// <param name="Full">When the disk would be full at this rate.</param>
internal sealed record StorageForecast(double Bytes, Trend? Trend, Crossing Full)
{
    /// <summary>How much must be known: less than a day says nothing of nights.</summary>
    public static readonly HistoryNeed Need = new(8, TimeSpan.FromDays(1));

    /// <param name="sizes">Of what grows on the disk, in bytes: of the disk itself where it is seen.</param>
    /// <param name="disk">Null where nobody knows it.</param>
    public static StorageForecast OfAll(IReadOnlyCollection<Reading> sizes, DiskFacts? disk, DateTimeOffset now)
    {
        var trend = TheilSen.Fit(sizes);
        var used = disk?.UsedBytes ?? Newest(sizes);
        return new(used, trend, Crossing.Of(trend, used, disk?.TotalBytes, now, Need));
    }

    /// <summary>When one project would fill what is free now, if it alone went on growing.</summary>
    /// <param name="sizes">Bytes of its rows.</param>
    /// <param name="bytesPerByte">What the disk holds for each byte of rows: indexes, air and what is beside.</param>
    public static StorageForecast OfProject(
        IReadOnlyCollection<Reading> sizes,
        double bytesPerByte,
        DiskFacts? disk,
        DateTimeOffset now
    )
    {
        var trend = TheilSen.Fit(sizes);
        var bytes = Newest(sizes);
        double? limit = disk is { } known ? bytes + (known.FreeBytes / Math.Max(1, bytesPerByte)) : null;
        // An empty project on a full disk has not filled it: it is the disk that is full.
        return new(bytes, trend, Crossing.Of(trend, bytes, limit, now, Need));
    }

    /// <summary>What a project has of all growth, 0 to 1; null where nothing grows or nobody knows.</summary>
    /// <param name="all">Of the whole database, in bytes of disk.</param>
    public static double? ShareOf(Trend? project, double bytesPerByte, Trend? all) =>
        project is { PerDay: >= 0 } && all is { PerDay: > 0 }
            ? Math.Clamp(project.PerDay * Math.Max(1, bytesPerByte) / all.PerDay, 0, 1)
            : null;

    private static double Newest(IReadOnlyCollection<Reading> sizes) =>
        sizes.Count > 0 ? sizes.MaxBy(reading => reading.Time).Value : 0;
}
