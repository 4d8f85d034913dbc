using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Sync.Rpc;

/// <summary>What a backfill may ask for.</summary>
internal static class BackfillInput
{
    private const string Field = "range";

    /// <summary>Both ends.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static (DateTimeOffset From, DateTimeOffset Until) Range(TimeRange? range)
    {
        if (range?.StartTime is null || range.EndTime is null)
        {
            throw DendriteException.Invalid(Field, "needs start_time and end_time; say which time is to be pulled");
        }

        var from = Timestamps.Read(range.StartTime, $"{Field}.start_time");
        var until = Timestamps.Read(range.EndTime, $"{Field}.end_time");
        if (from >= until)
        {
            throw DendriteException.Invalid($"{Field}.end_time", "is not after start_time; ranges are half-open");
        }

        // Counted without cutting, which a range of ten thousand years would make long.
        var months = ((until.UtcDateTime.Year - from.UtcDateTime.Year) * 12) + until.UtcDateTime.Month;
        return months - from.UtcDateTime.Month < BackfillMonths.MaxMonths
            ? (from, until)
            : throw DendriteException.Invalid(Field, $"is longer than {BackfillMonths.MaxMonths} months; ask for less");
    }

    /// <summary>Refuses a source that cannot be asked for a range.</summary>
    /// <exception cref="DendriteException">SOURCE_FAILED.</exception>
    public static void RequireRange(SyncSource source)
    {
        if (string.IsNullOrEmpty(source.Incremental?.ChangedField))
        {
            throw Failed("incremental.changed_field, which says by what time items are meant");
        }

        if (source.OriginCase != SyncSource.OriginOneofCase.Http)
        {
            return;
        }

        var url = UrlTemplate.Parse(source.Http.Url, $"{SyncSourceInput.Field}.http.url");
        if (!url.Has(UrlTemplate.Since) || !url.Has(UrlTemplate.Until))
        {
            throw Failed("{since} and {until} in its URL, by which a month is asked for");
        }
    }

    private static DendriteException Failed(string what) =>
        new(ErrorReason.SourceFailed, $"A backfill needs {what}: add it to the source.");
}
