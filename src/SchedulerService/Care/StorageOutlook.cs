using Dendrite.SchedulerService.Care.Forecasting;
using Dendrite.Storage;
using Dendrite.Storage.Care;

namespace Dendrite.SchedulerService.Care;

/// <summary>Foretells how storage grows, from the looks that were kept. Thread-safe.</summary>
internal sealed class StorageOutlook(CareStores stores, DiskGauge disk, TimeProvider time)
{
    /// <summary>From how long back growth is learned where nobody says it.</summary>
    public static readonly TimeSpan DefaultWindow = TimeSpan.FromDays(30);

    /// <summary>Whether anybody knows how large the disk is.</summary>
    public bool KnowsDisk => disk.IsKnown;

    /// <summary>Of everything. Two round trips.</summary>
    public async Task<StorageForecast> ForetellAllAsync(TimeSpan window, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var looks = await stores.Looks.ListAsync(now - window, now, cancellationToken);
        var bytes = await stores.Tables.ReadDatabaseBytesAsync(cancellationToken);
        return StorageForecast.OfAll(Used(looks), disk.Read(bytes), now);
    }

    /// <summary>Of everything, and of one project alone. Four round trips.</summary>
    public async Task<ProjectOutlook> ForetellAsync(
        ProjectId project,
        TimeSpan window,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var looks = await stores.Looks.ListAsync(now - window, now, cancellationToken);
        var databaseBytes = await stores.Tables.ReadDatabaseBytesAsync(cancellationToken);
        var sizes = await stores.Projects.ListAsync(project, now - window, now, cancellationToken);
        var rowBytes = await stores.Projects.SumAsync(cancellationToken);
        var facts = disk.Read(databaseBytes);
        var bytesPerByte = rowBytes > 0 ? Math.Max(1, (double)databaseBytes / rowBytes) : 1;
        var readings = sizes.Select(size => new Reading(size.Time, size.Bytes)).ToList();
        var ofProject = StorageForecast.OfProject(readings, bytesPerByte, facts, now);
        var database = TheilSen.Fit([.. looks.Select(look => new Reading(look.Time, look.DatabaseBytes))]);
        var all = StorageForecast.OfAll(Used(looks), facts, now);
        return new(now, all with { Bytes = facts?.UsedBytes ?? databaseBytes }, ofProject)
        {
            Disk = facts,
            DatabaseBytes = databaseBytes,
            BytesPerByte = bytesPerByte,
            GrowthShare = StorageForecast.ShareOf(ofProject.Trend, bytesPerByte, database),
            ReadRatio = sizes.Count > 0 ? sizes[^1].ReadRatio : 0,
        };
    }

    /// <summary>Of the disk where it is seen: other things fill it too. Else of the database.</summary>
    private static List<Reading> Used(IReadOnlyList<CareLook> looks)
    {
        var seen = looks.Where(look => look.DiskUsedBytes is not null).ToList();
        return seen.Count > 0
            ? [.. seen.Select(look => new Reading(look.Time, look.DiskUsedBytes!.Value))]
            : [.. looks.Select(look => new Reading(look.Time, look.DatabaseBytes))];
    }
}

/// <summary>How storage grows, with the figures that it is based on.</summary>
internal sealed record ProjectOutlook(DateTimeOffset Time, StorageForecast All, StorageForecast Project)
{
    /// <summary>Null where nobody knows it.</summary>
    public required DiskFacts? Disk { get; init; }

    public required long DatabaseBytes { get; init; }

    /// <summary>Bytes of the database for each byte of rows.</summary>
    public required double BytesPerByte { get; init; }

    /// <summary>What the project has of all growth, 0 to 1; null where it cannot be said.</summary>
    public required double? GrowthShare { get; init; }

    /// <summary>Part of the pages that the project's size was estimated from; 0: it was not measured.</summary>
    public required double ReadRatio { get; init; }
}
