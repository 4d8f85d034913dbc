using System.Globalization;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Care;

/// <summary>How a forecast of storage looks.</summary>
internal static class ForecastView
{
    public static void Write(CliOutput output, GetStorageForecastResponse forecast)
    {
        if (output.IsJson)
        {
            output.WriteMessage(forecast);
            return;
        }

        output.WriteLine(
            forecast.Disk is { } disk
                ? $"disk      {Figures.Bytes(disk.UsedBytes)} of {Figures.Bytes(disk.TotalBytes)} used "
                    + $"({Part((double)disk.UsedBytes / Math.Max(1, disk.TotalBytes))})"
                : "disk      unknown: the installation does not say where it is (Scheduler:Alerts:DiskPath)"
        );
        output.WriteLine(
            $"database  {Figures.Bytes(forecast.DatabaseBytes)}, "
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"{forecast.BytesPerByte:0.##} bytes for each byte of rows"
                )
        );
        var table = new TextTable(
            "OF",
            "SIZE",
            "GROWS A DAY",
            "BETWEEN",
            "DISK FULL",
            "EARLIEST",
            "LATEST",
            "READINGS"
        );
        Add(table, "everything", forecast.Installation, isMeasured: true);
        Add(table, "this project", forecast.Project, forecast.ReadRatio > 0);
        table.WriteTo(output);
        if (forecast.HasGrowthShare)
        {
            output.WriteLine($"This project makes {Part(forecast.GrowthShare)} of what is added.");
        }

        if (forecast.ReadRatio is > 0 and < 1)
        {
            output.WriteLine($"Its size is estimated from {Part(forecast.ReadRatio)} of the pages.");
        }
    }

    /// <summary>When a limit is passed, in a few words.</summary>
    public static string When(Crossing? crossing) =>
        crossing?.State switch
        {
            CrossingState.Passed => "now",
            CrossingState.Expected => Day(crossing.Time),
            CrossingState.Never => "never at this rate",
            CrossingState.TooLittleHistory => "too little history",
            _ => "unknown",
        };

    private static void Add(TextTable table, string what, StorageGrowth growth, bool isMeasured)
    {
        var trend = growth.Trend;
        table.Add(
            what,
            isMeasured ? Figures.Bytes(growth.Bytes) : "not measured yet",
            trend is null ? "" : Signed(trend.PerDay),
            trend is null ? "" : $"{Signed(trend.LowPerDay)} .. {Signed(trend.HighPerDay)}",
            When(growth.DiskFull),
            Day(growth.DiskFull?.EarliestTime),
            Day(growth.DiskFull?.LatestTime),
            (trend?.ReadingCount ?? 0).ToString(CultureInfo.InvariantCulture)
        );
    }

    private static string Signed(double bytes) =>
        bytes < 0 ? $"-{Figures.Bytes((long)-bytes)}" : $"+{Figures.Bytes((long)bytes)}";

    private static string Day(Google.Protobuf.WellKnownTypes.Timestamp? time) =>
        time is null ? "" : time.ToDateTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Part(double ratio) => ratio.ToString("0.#%", CultureInfo.InvariantCulture);
}
