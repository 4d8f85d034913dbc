using Dendrite.Backups.Stores;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Backups;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Backups.Plans;

/// <summary>Reads the fields of a plan that came in a request.</summary>
internal sealed class BackupPlanInput(StoreCatalog stores)
{
    private const string Plan = "backup_plan";
    private const int MaxDisplayName = 200;
    private const int MaxFilter = 4_000;

    /// <summary>Below that a plan removes what it has just made.</summary>
    private static readonly TimeSpan MinKeep = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxKeep = TimeSpan.FromDays(36_500);

    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public BackupPlanChange New(BackupPlan fields)
    {
        if (fields.Store.Length == 0)
        {
            var known = stores.Names.Count == 0 ? "none is configured" : string.Join(", ", stores.Names);
            throw Invalid("store", $"is missing; name a store of the installation: {known}");
        }

        if (fields.BranchFilter.Length == 0 && fields.TagFilter.Length == 0)
        {
            throw Invalid(
                "branch_filter",
                "is empty, and so is tag_filter, which backs up nothing; give one, such as branch_id = \"main\""
            );
        }

        stores.Get(fields.Store, $"{Plan}.store");
        return Read(fields) with { Store = fields.Store, SetsKeep = true };
    }

    /// <exception cref="DendriteException">INVALID_UPDATE_MASK; INVALID_ARGUMENT.</exception>
    public BackupPlanChange Change(BackupPlan fields, FieldMask? mask)
    {
        var paths = UpdateMask.Paths(
            mask,
            new Dictionary<string, bool>
            {
                ["display_name"] = fields.DisplayName.Length > 0,
                ["branch_filter"] = fields.BranchFilter.Length > 0,
                ["tag_filter"] = fields.TagFilter.Length > 0,
                ["store"] = fields.Store.Length > 0,
                ["keep"] = fields.Keep is not null,
                ["verify"] = fields.Verify,
            }
        );
        var all = Read(fields);
        var change = new BackupPlanChange();
        foreach (var path in paths)
        {
            change = path switch
            {
                "display_name" => change with { DisplayName = all.DisplayName },
                "branch_filter" => change with { BranchFilter = all.BranchFilter },
                "tag_filter" => change with { TagFilter = all.TagFilter },
                "store" => change with { Store = StoreOf(fields) },
                "keep" => change with { SetsKeep = true, Keep = all.Keep },
                _ => change with { Verify = all.Verify },
            };
        }

        return change;
    }

    private string StoreOf(BackupPlan fields)
    {
        stores.Get(fields.Store, $"{Plan}.store");
        return fields.Store;
    }

    private static BackupPlanChange Read(BackupPlan fields) =>
        new()
        {
            DisplayName = RequestFields.Text(fields.DisplayName, $"{Plan}.display_name", MaxDisplayName),
            BranchFilter = RequestFields.Text(fields.BranchFilter, $"{Plan}.branch_filter", MaxFilter),
            TagFilter = RequestFields.Text(fields.TagFilter, $"{Plan}.tag_filter", MaxFilter),
            Keep = fields.Keep is null ? null : KeepOf(fields.Keep),
            Verify = fields.Verify,
        };

    private static TimeSpan KeepOf(Duration keep)
    {
        var isDuration = keep.Nanos is >= 0 and <= 999_999_999 && keep.Seconds is >= 0 and <= 315_576_000_000;
        var length = isDuration ? keep.ToTimeSpan() : TimeSpan.Zero;
        return length >= MinKeep && length <= MaxKeep
            ? length
            : throw Invalid("keep", "is not between a minute and 36,500 days; leave it out to keep backups for ever");
    }

    private static DendriteException Invalid(string path, string problem) =>
        DendriteException.Invalid($"{Plan}.{path}", problem);
}
