using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Origin = Dendrite.V1.SyncSource.OriginOneofCase;

namespace Dendrite.SchedulerService.Sync.Rpc;

/// <summary>Reads the fields of a sync source that came in a request. Thread-safe.</summary>
internal sealed class SyncSourceInput(OriginInput origins)
{
    public const string Field = "sync_source";

    private const int MaxDisplayName = 200;
    private const int MaxColumnNames = 1_000;
    private const int MaxFieldName = 200;
    private const int MaxRate = 1_000;
    private const int MaxAttempts = 100;
    private static readonly TimeSpan MaxOverlap = TimeSpan.FromDays(366);
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromHours(1);

    /// <summary>What callers set, checked as a whole; what the server sets is left out.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME.</exception>
    public SyncSource Settle(SyncSource fields, string project)
    {
        var settled = new SyncSource
        {
            DisplayName = RequestFields.Text(fields.DisplayName, $"{Field}.display_name", MaxDisplayName),
            Dataset = ReadDataset(fields.Dataset, project),
            Incremental = fields.Incremental?.Clone(),
            Limits = fields.Limits?.Clone(),
        };
        CopyOrigin(fields, settled);
        CheckIncremental(settled.Incremental ?? new());
        CheckLimits(settled.Limits ?? new());
        origins.Check(settled, project);
        return settled;
    }

    /// <summary>The current fields with those of a change.</summary>
    /// <exception cref="DendriteException">INVALID_UPDATE_MASK.</exception>
    public static SyncSource Merge(SyncSource current, SyncSource fields, FieldMask? mask)
    {
        var merged = current.Clone();
        var updatable = new Dictionary<string, bool>
        {
            ["display_name"] = fields.DisplayName.Length > 0,
            ["dataset"] = fields.Dataset.Length > 0,
            ["http"] = fields.OriginCase == Origin.Http,
            ["postgres"] = fields.OriginCase == Origin.Postgres,
            ["folder"] = fields.OriginCase == Origin.Folder,
            ["incremental"] = fields.Incremental is not null,
            ["limits"] = fields.Limits is not null,
        };
        foreach (var path in UpdateMask.Paths(mask, updatable))
        {
            Set(merged, fields, path, updatable[path]);
        }

        return merged;
    }

    private static void Set(SyncSource merged, SyncSource fields, string path, bool isSet)
    {
        switch (path)
        {
            case "display_name":
                merged.DisplayName = fields.DisplayName;
                break;
            case "dataset":
                merged.Dataset = fields.Dataset;
                break;
            case "incremental":
                merged.Incremental = fields.Incremental;
                break;
            case "limits":
                merged.Limits = fields.Limits;
                break;
            default:
                if (!isSet)
                {
                    throw Invalid(
                        path,
                        "is named by update_mask and not given; a source has one origin: give that one"
                    );
                }

                CopyOrigin(fields, merged);
                break;
        }
    }

    private static void CopyOrigin(SyncSource from, SyncSource to)
    {
        switch (from.OriginCase)
        {
            case Origin.Http:
                to.Http = from.Http.Clone();
                break;
            case Origin.Postgres:
                to.Postgres = from.Postgres.Clone();
                break;
            case Origin.Folder:
                to.Folder = from.Folder.Clone();
                break;
            default:
                to.ClearOrigin();
                break;
        }
    }

    private static string ReadDataset(string dataset, string project)
    {
        var name = DatasetName.Parse(dataset, $"{Field}.dataset");
        return name.Project == project
            ? name.ToString()
            : throw Invalid("dataset", $"is of project '{name.Project}'; a source writes to its own, '{project}'");
    }

    private static void CheckIncremental(IncrementalOptions incremental)
    {
        const string Path = "incremental";
        RequestFields.Text(incremental.ChangedField, $"{Field}.{Path}.changed_field", MaxFieldName);
        CheckDuration(incremental.Overlap, $"{Path}.overlap", TimeSpan.Zero, MaxOverlap);
        if (incremental.DeleteMissing && incremental.ChangedField.Length > 0)
        {
            throw Invalid(
                $"{Path}.delete_missing",
                "needs all that the source has, and changed_field asks for what changed only; leave one of them out"
            );
        }

        if (incremental.Overlap is not null && incremental.ChangedField.Length == 0)
        {
            throw Invalid(
                $"{Path}.overlap",
                "goes back from the changed value; name the changed_field, or leave it out"
            );
        }

        CheckColumnNames(incremental.ColumnNames);
    }

    private static void CheckColumnNames(IReadOnlyDictionary<string, string> names)
    {
        const string Path = "incremental.column_names";
        if (names.Count > MaxColumnNames)
        {
            throw Invalid(Path, $"has {names.Count} entries; at most {MaxColumnNames} are allowed");
        }

        var columns = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (field, column) in names)
        {
            RequestFields.Text(field, $"{Field}.{Path}", MaxFieldName);
            RequestFields.Text(column, $"{Field}.{Path}", MaxFieldName);
            if (field.Length == 0 || column.Length == 0)
            {
                throw Invalid(Path, "maps from or to nothing; name a field and a column");
            }

            if (!columns.Add(column))
            {
                throw Invalid(Path, $"maps two fields to column '{RequestFields.Excerpt(column)}'; map one");
            }
        }
    }

    private static void CheckLimits(SyncLimits limits)
    {
        CheckCount(limits.MinBatchItems, "min_batch_items", SyncDefaults.MaxBatch);
        CheckCount(limits.MaxBatchItems, "max_batch_items", SyncDefaults.MaxBatch);
        CheckCount(limits.MaxConcurrentMonths, "max_concurrent_months", SyncDefaults.MaxMonths);
        CheckCount(limits.MaxItemAttempts, "max_item_attempts", MaxAttempts);
        CheckDuration(limits.RequestTimeout, "limits.request_timeout", TimeSpan.FromMilliseconds(1), MaxTimeout);
        if (limits.MaxBatchItems > 0 && limits.MinBatchItems > limits.MaxBatchItems)
        {
            throw Invalid(
                "limits.min_batch_items",
                $"{limits.MinBatchItems} is more than max_batch_items; make it less"
            );
        }

        if (!(limits.MaxRequestsPerSecond is >= 0 and <= MaxRate))
        {
            throw Invalid(
                "limits.max_requests_per_second",
                $"{limits.MaxRequestsPerSecond} is not 0 (no limit) to {MaxRate}; 0.5 is one every two seconds"
            );
        }

        if (limits.MaxRequestsPerSecond is > 0 and < 0.001)
        {
            throw Invalid(
                "limits.max_requests_per_second",
                "is less than one in a thousand seconds; a schedule does that"
            );
        }
    }

    private static void CheckCount(int count, string path, int most)
    {
        if (count < 0 || count > most)
        {
            throw Invalid($"limits.{path}", $"{count} is not 0 (the default) to {most}");
        }
    }

    private static void CheckDuration(Duration? duration, string path, TimeSpan least, TimeSpan most)
    {
        if (duration is null)
        {
            return;
        }

        var isDuration =
            Math.Abs(duration.Seconds) <= most.TotalSeconds + 1
            && duration.Nanos is > -1_000_000_000 and < 1_000_000_000
            && Math.Sign(duration.Seconds) * Math.Sign(duration.Nanos) >= 0;
        if (!isDuration || duration.ToTimeSpan() < least || duration.ToTimeSpan() > most)
        {
            throw Invalid(path, $"is not {least.TotalSeconds} to {most.TotalSeconds} seconds; give a length of time");
        }
    }

    private static DendriteException Invalid(string path, string problem) =>
        DendriteException.Invalid($"{Field}.{path}", problem);
}
