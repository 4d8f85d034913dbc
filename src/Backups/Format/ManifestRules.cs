using System.Buffers;

namespace Dendrite.Backups.Format;

/// <summary>What a manifest must keep to before anything of it is used.</summary>
internal static class ManifestRules
{
    private const int DigestDigits = 64;
    private const int MaxId = 63;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <exception cref="BackupFormatException">What it breaks.</exception>
    public static void Check(Manifest manifest)
    {
        CheckWhole(manifest);
        Require(manifest.Format == Manifest.FormatName, "its format is not known here");
        Require(
            IsId(manifest.Project) && IsId(manifest.Plan) && IsId(manifest.Backup),
            "its project, plan or backup is no id"
        );
        Require(manifest.Items.Count > 0, "it has no items");
        var excess = FindExcess(manifest);
        Require(excess is null, $"it has too many {excess}");
        Require(manifest.ObjectBytes >= 0, "its objects take less than nothing");
        CheckOrder(manifest);
        var through = manifest.Timelines.ToDictionary(line => line.Id, line => line.Through);
        CheckTimelines(manifest, through);
        foreach (var item in manifest.Items)
        {
            CheckItem(item, through);
        }

        Require(
            manifest.Items.Select(item => (item.Kind, item.Name)).Distinct().Count() == manifest.Items.Count,
            "it names an item twice"
        );
    }

    /// <summary>What there is more of than a reader takes; null: of nothing.</summary>
    public static string? FindExcess(Manifest manifest) =>
        manifest.Items.Count > BackupLimits.Items ? "items"
        : manifest.Timelines.Count > BackupLimits.Timelines ? "timelines"
        : manifest.Timelines.Sum(line => (long)line.Chunks.Count) > BackupLimits.Chunks ? "chunks"
        : manifest.Items.Sum(item => (long)item.Entries.Count) > BackupLimits.Entries ? "entries"
        : null;

    /// <summary>JSON takes a null for any element of a list, whatever the list is of.</summary>
    private static void CheckWhole(Manifest manifest)
    {
        Require(
            AreThere(manifest.Items) && manifest.Items.All(item => AreThere(item.Entries)),
            "one of its items, or of their entries, is null"
        );
        Require(
            AreThere(manifest.Timelines) && manifest.Timelines.All(line => AreThere(line.Chunks)),
            "one of its timelines, or of their chunks, is null"
        );
    }

    private static void CheckOrder(Manifest manifest)
    {
        var last = 0L;
        foreach (var line in manifest.Timelines)
        {
            Require(line.Id > last, "its timelines are not in the order of their numbers");
            last = line.Id;
        }
    }

    private static void CheckTimelines(Manifest manifest, Dictionary<long, long> known)
    {
        foreach (var line in manifest.Timelines)
        {
            Require(line.StartVersion >= 0 && line.Through >= 0, $"timeline {line.Id} has an impossible version");
            Require(line.AbsorbedInto is null == line.AbsorbedAt is null, $"timeline {line.Id} is absorbed in part");
            Require(
                line.AbsorbedInto is not { } into
                    || (into != line.Id && known.TryGetValue(into, out var through) && line.AbsorbedAt <= through),
                $"timeline {line.Id} is absorbed by none that is there"
            );
            foreach (var chunk in line.Chunks)
            {
                CheckChunk(line, chunk);
            }
        }
    }

    private static void CheckChunk(ManifestTimeline line, ChunkEntry chunk)
    {
        Require(BackupTables.All.Contains(chunk.Table), $"timeline {line.Id} has rows of no known table");
        Require(IsDigest(chunk.Object), $"timeline {line.Id} has a chunk whose object has no name");
        Require(chunk.Identity is null || IsDigest(chunk.Identity), $"chunk {chunk.Object} has no identity");
        Require(chunk.Rows > 0, $"chunk {chunk.Object} holds nothing");
        Require(
            chunk.Bytes is >= Chunk.HeaderBytes and <= BackupLimits.ObjectBytes,
            $"chunk {chunk.Object} has an impossible length"
        );
        Require(
            chunk.Pieces.Count == (chunk.Bytes + BackupLimits.PieceBytes - 1) / BackupLimits.PieceBytes,
            $"chunk {chunk.Object} has checksums for another length"
        );
        Require(
            chunk.FirstVersion > 0 && chunk.FirstVersion <= chunk.LastVersion && chunk.LastVersion <= line.Through,
            $"chunk {chunk.Object} holds versions that its timeline does not have"
        );
    }

    private static void CheckItem(ManifestItem item, Dictionary<long, long> through)
    {
        Require(item.Kind is BackupTables.Branch or BackupTables.Tag, "an item is neither branch nor tag");
        Require(IsId(item.Name), "an item has no id");
        Require(IsDigest(item.Digest), $"{item.Kind} {item.Name} has no digest");
        Require(item.Version >= 0, $"{item.Kind} {item.Name} has an impossible version");
        Require(through.ContainsKey(item.Timeline), $"{item.Kind} {item.Name} points at no timeline that is there");
        var seen = new HashSet<(long, long)>();
        foreach (var entry in item.Entries)
        {
            Require(
                through.TryGetValue(entry.Owner, out var most) && entry.Through > 0 && entry.Through <= most,
                $"{item.Kind} {item.Name} sees what is not there of timeline {entry.Owner}"
            );
            Require(
                entry.Since >= 0 && seen.Add((entry.Owner, entry.Since)),
                $"{item.Kind} {item.Name} sees timeline {entry.Owner} twice"
            );
        }
    }

    private static bool AreThere<T>(IReadOnlyList<T?> elements)
        where T : class => elements.All(element => element is not null);

    private static bool IsDigest(string text) =>
        text.Length == DigestDigits && !text.AsSpan().ContainsAnyExcept(HexDigits);

    private static bool IsId(string text) =>
        text.Length is > 0 and <= MaxId
        && text.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-')
        && text[0] != '-'
        && text[^1] != '-';

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new BackupFormatException(problem);
        }
    }
}
