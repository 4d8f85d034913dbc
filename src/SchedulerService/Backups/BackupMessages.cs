using System.Globalization;
using System.Text.Json.Nodes;
using Dendrite.Contracts.Names;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Backups;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Backups;

/// <summary>Plans and backups as they travel.</summary>
internal static class BackupMessages
{
    public static BackupPlan Of(string project, BackupPlanRecord plan) =>
        new()
        {
            Name = new BackupPlanName(project, plan.Name).ToString(),
            DisplayName = plan.DisplayName,
            BranchFilter = plan.BranchFilter,
            TagFilter = plan.TagFilter,
            Store = plan.Store,
            Keep = plan.Keep is { } keep ? Duration.FromTimeSpan(keep) : null,
            Verify = plan.Verify,
            CreateTime = Timestamps.Of(plan.CreateTime),
            UpdateTime = Timestamps.Of(plan.UpdateTime),
            Etag = Etag.Of(plan.Revision),
        };

    public static Backup Of(string project, BackupRecord backup)
    {
        var message = new Backup
        {
            Name = new BackupName(project, backup.Plan, backup.Name).ToString(),
            TotalBytes = backup.TotalBytes,
            AddedBytes = backup.AddedBytes,
            Digest = ByteString.CopyFrom(backup.Digest ?? []),
            CreateTime = Timestamps.Of(backup.CreateTime),
            CompleteTime = Timestamps.Of(backup.CompleteTime),
            VerifyTime = Timestamps.Of(backup.VerifyTime),
        };
        foreach (var item in JsonNode.Parse(backup.ItemsJson)!.AsArray())
        {
            message.Items.Add(
                new BackupItem
                {
                    Resource = (string)item!["resource"]!,
                    Version = (long)item["version"]!,
                    Digest = ByteString.CopyFrom(Convert.FromHexString((string)item["digest"]!)),
                }
            );
        }

        return message;
    }

    /// <summary>The items of a manifest as the database keeps them.</summary>
    public static string ItemsJson(string project, IEnumerable<Dendrite.Backups.Format.ManifestItem> items)
    {
        var array = new JsonArray();
        foreach (var item in items)
        {
            array.Add(
                new JsonObject
                {
                    ["resource"] = Resource(project, item.Kind, item.Name),
                    ["version"] = item.Version,
                    ["digest"] = item.Digest,
                }
            );
        }

        return array.ToJsonString();
    }

    /// <summary>Resource name of an item.</summary>
    public static string Resource(string project, string kind, string name) =>
        kind == Dendrite.Backups.Format.BackupTables.Branch
            ? new BranchName(project, name).ToString()
            : new TagName(project, name).ToString();

    /// <summary>The id of a backup: by the instant at which it was asked for, and what makes it unique.</summary>
    public static string IdOf(DateTimeOffset time, string operation)
    {
        var instant = time.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        return $"{instant}-{operation.Replace("-", "", StringComparison.Ordinal)[^8..]}";
    }
}
