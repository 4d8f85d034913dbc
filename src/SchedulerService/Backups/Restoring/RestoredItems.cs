using System.Text.Json.Nodes;
using Dendrite.Backups.Format;
using Dendrite.Errors;
using Dendrite.Storage.Backups;
using Dendrite.Versioning;

namespace Dendrite.SchedulerService.Backups.Restoring;

/// <summary>Branches and tags of a backup as the database is to make them. Pure.</summary>
internal sealed class RestoredItems(RestorePlan plan, RestoreMaps maps, string prefix)
{
    private const int MaxText = 4_000;
    private const int MaxTitle = 200;

    /// <param name="newUid">For what is not the only one of its uid.</param>
    public RestoredState ToState(Func<Guid> newUid) =>
        new(
            [.. plan.Timelines.Where(plan.IsAbsorbed).Select(Absorbed)],
            // Each behind the one that it was forked from.
            [.. Of(BackupTables.Branch).OrderBy(Number).Select(item => Branch(item, newUid()))],
            [.. Of(BackupTables.Tag).Select(item => Tag(item, newUid()))]
        );

    /// <summary>
    /// What an item sees, with all timelines named: before the restore is done nothing is absorbed yet.
    /// </summary>
    public Snapshot SnapshotOf(ManifestItem item)
    {
        var through = item
            .Entries.GroupBy(entry => entry.Owner)
            .ToDictionary(owner => owner.Key, owner => owner.Max(entry => entry.Through));
        foreach (var line in plan.Timelines)
        {
            if (line.AbsorbedInto is { } into && through.GetValueOrDefault(into) >= line.AbsorbedAt)
            {
                through[line.Id] = line.Through;
            }
        }

        return Snapshot.Of(
            through.Select(entry => new SnapshotEntry(maps.Timelines[entry.Key], maps.Versions[entry.Value]))
        );
    }

    private IEnumerable<ManifestItem> Of(string kind) => plan.Items.Where(item => item.Kind == kind);

    private JsonNode Absorbed(ManifestTimeline line) =>
        new JsonObject
        {
            ["timeline_id"] = maps.Timelines[line.Id].Value,
            ["target_timeline_id"] = maps.Timelines[line.AbsorbedInto!.Value].Value,
            ["version"] = maps.Versions[line.AbsorbedAt!.Value].Value,
        };

    private JsonNode Branch(ManifestItem item, Guid uid)
    {
        var said = item.Descriptor;
        var wasMain = TextOf(said, "kind", MaxTitle) == "main";
        return new JsonObject
        {
            ["name"] = RestorePlan.NameOf(item, prefix),
            ["uid"] = uid,
            ["timeline_id"] = maps.Timelines[item.Timeline].Value,
            // Beside what it was made of it is a copy; in its place it is what it was.
            ["kind"] =
                prefix.Length == 0 && (wasMain == (item.Name == "main")) ? TextOf(said, "kind", MaxTitle) : "restore",
            ["display_name"] = TextOf(said, "display_name", MaxTitle),
            ["description"] = TextOf(said, "description", MaxText),
            ["labels"] = said["labels"] is JsonObject labels ? labels.DeepClone() : new JsonObject(),
            ["owner"] = TextOf(said, "owner", MaxTitle),
            ["protected"] =
                prefix.Length == 0 && said["protected"] is JsonValue value && value.TryGetValue(out bool set) && set,
            ["parent_name"] = ParentName(said),
            ["fork_version"] = ForkVersion(said),
            ["archive_time"] = prefix.Length == 0 ? TextOrNull(said, "archive_time") : null,
            ["expire_time"] = prefix.Length == 0 ? TextOrNull(said, "expire_time") : null,
            ["experiment_state"] = prefix.Length == 0 ? TextOrNull(said, "experiment_state") : null,
            ["experiment_reason"] = prefix.Length == 0 ? TextOrNull(said, "experiment_reason") : null,
            ["entries"] = Entries(item),
        };
    }

    private JsonNode Tag(ManifestItem item, Guid uid)
    {
        var said = item.Descriptor;
        return new JsonObject
        {
            ["name"] = RestorePlan.NameOf(item, prefix),
            ["uid"] = uid,
            ["timeline_id"] = maps.Timelines[item.Timeline].Value,
            ["version"] = maps.Versions[item.Version].Value,
            ["description"] = TextOf(said, "description", MaxText),
            ["labels"] = said["labels"] is JsonObject labels ? labels.DeepClone() : new JsonObject(),
            ["metadata"] = said["metadata"]?.DeepClone(),
            ["creator"] = TextOf(said, "creator", MaxTitle),
            ["create_time"] = TextOf(said, "create_time", MaxTitle),
            ["entries"] = Entries(item),
        };
    }

    private JsonArray Entries(ManifestItem item) =>
        [
            .. item.Entries.Select(entry =>
                (JsonNode)
                    new JsonObject
                    {
                        ["owner"] = maps.Timelines[entry.Owner].Value,
                        ["since"] = maps.Versions[entry.Since].Value,
                        ["through"] = maps.Versions[entry.Through].Value,
                    }
            ),
        ];

    /// <summary>What was forked of one that is restored with it; null: it hangs below <c>main</c>.</summary>
    private string? ParentName(JsonObject said) =>
        NumberOf(said, "parent_branch_id") is { } parent
        && Of(BackupTables.Branch).FirstOrDefault(item => Number(item) == parent) is { } item
            ? RestorePlan.NameOf(item, prefix)
            : null;

    /// <summary>Of a branch where it was backed up: what was made later has a higher one.</summary>
    private static long? Number(ManifestItem item) => NumberOf(item.Descriptor, "branch_id");

    private static long? NumberOf(JsonObject said, string field) =>
        said[field] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    private long ForkVersion(JsonObject said) =>
        NumberOf(said, "fork_version") is { } version ? maps.Versions[version].Value : 0;

    private static string TextOf(JsonObject said, string field, int maxLength) =>
        TextOrNull(said, field) is { } text && text.Length <= maxLength
            ? text
            : throw new DendriteException(
                ErrorReason.DataDamaged,
                $"The manifest of the backup says no {field} of a branch or tag; restore another backup."
            );

    private static string? TextOrNull(JsonObject said, string field) =>
        said[field] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
