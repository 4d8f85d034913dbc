using Dendrite.Backups.Format;
using Dendrite.Contracts.Names;
using Dendrite.Errors;

namespace Dendrite.SchedulerService.Backups.Restoring;

/// <summary>What of a backup is restored: the items asked for, and of each timeline what they see. Pure.</summary>
internal sealed class RestorePlan
{
    private readonly Dictionary<long, long> through = [];

    private RestorePlan(Manifest manifest, IReadOnlyList<ManifestItem> items)
    {
        Items = items;
        foreach (var entry in items.SelectMany(item => item.Entries))
        {
            through[entry.Owner] = Math.Max(through.GetValueOrDefault(entry.Owner), entry.Through);
        }

        // Whoever sees the merge sees all that it absorbed.
        foreach (var line in manifest.Timelines)
        {
            if (line.AbsorbedInto is { } into && through.GetValueOrDefault(into) >= line.AbsorbedAt)
            {
                through[line.Id] = line.Through;
            }
        }

        // A branch that never committed has a timeline of its own too, though nobody sees anything of it.
        foreach (var item in items)
        {
            through.TryAdd(item.Timeline, 0);
        }

        Timelines = [.. manifest.Timelines.Where(line => through.ContainsKey(line.Id))];
    }

    public IReadOnlyList<ManifestItem> Items { get; }

    /// <summary>In the order in which they were made.</summary>
    public IReadOnlyList<ManifestTimeline> Timelines { get; }

    /// <summary>Bytes to read.</summary>
    public long TotalBytes => Timelines.SelectMany(Chunks).Sum(chunk => (long)chunk.Bytes);

    /// <summary>Up to which version rows of a timeline are wanted.</summary>
    public long ThroughOf(long timeline) => through.GetValueOrDefault(timeline);

    /// <summary>Whether an absorbed timeline is absorbed in what is restored too.</summary>
    public bool IsAbsorbed(ManifestTimeline line) =>
        line.AbsorbedInto is { } into && through.GetValueOrDefault(into) >= line.AbsorbedAt;

    /// <summary>The chunks of a timeline that hold rows which are wanted, by their places.</summary>
    public IEnumerable<ChunkEntry> Chunks(ManifestTimeline line) =>
        line.Chunks.Where(chunk => chunk.FirstVersion <= ThroughOf(line.Id));

    /// <param name="resources">Resource names of the items; all when empty.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: the backup does not hold one.</exception>
    public static RestorePlan Of(Manifest manifest, IReadOnlyCollection<string> resources)
    {
        if (resources.Count == 0)
        {
            return new(manifest, manifest.Items);
        }

        var items = new List<ManifestItem>();
        foreach (var resource in resources.Distinct(StringComparer.Ordinal))
        {
            items.Add(
                manifest.Items.FirstOrDefault(item =>
                    BackupMessages.Resource(manifest.Project, item.Kind, item.Name) == resource
                )
                    ?? throw DendriteException.Invalid(
                        "items",
                        $"the backup does not hold '{Shown(resource)}'; get the backup for what it holds"
                    )
            );
        }

        return new(manifest, items);
    }

    /// <summary>The id that an item gets.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: the prefix makes none.</exception>
    public static string NameOf(ManifestItem item, string prefix) =>
        ResourceId.Check(prefix + item.Name, prefix.Length > 0 ? "id_prefix" : "items");

    private static string Shown(string text) => text.Length <= 120 ? text : text[..120];
}
