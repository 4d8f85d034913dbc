using Dendrite.Errors;
using Dendrite.IngestService.Datasets;
using Dendrite.Storage.Records;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Records;

/// <summary>A write of one record, as a caller asks for it.</summary>
/// <param name="Path">The proto path of the write.</param>
internal abstract record RecordWrite(string Path)
{
    /// <summary>The version that the record must have, 0 for none; null: any.</summary>
    public long? IfVersion { get; init; }

    /// <summary>Whether the record that is there decides what is written; a plain put replaces whatever is.</summary>
    public bool NeedsStored => this is not Put || IfVersion is not null;

    internal sealed record Put(string Path, Struct? Values) : RecordWrite(Path);

    internal sealed record Patch(string Path, string RecordId, Struct? Values) : RecordWrite(Path);

    internal sealed record Delete(string Path, string RecordId, bool AllowMissing) : RecordWrite(Path);

    public static RecordWrite Of(V1.RecordPut put, string path) =>
        new Put(path, put.Values) { IfVersion = put.HasIfVersion ? put.IfVersion : null };

    public static RecordWrite Of(V1.RecordPatch patch, string path) =>
        new Patch(path, patch.RecordId, patch.Values) { IfVersion = patch.HasIfVersion ? patch.IfVersion : null };

    public static RecordWrite Of(V1.RecordDelete delete, string path) =>
        new Delete(path, delete.RecordId, delete.AllowMissing)
        {
            IfVersion = delete.HasIfVersion ? delete.IfVersion : null,
        };
}

/// <summary>Turns what a caller asks for into writes, on the state that the commit follows. Thread-safe.</summary>
internal sealed class RecordPlanner(RecordReader reader)
{
    /// <summary>Adds the writes to a dataset. One round trip, none where all are plain puts.</summary>
    /// <exception cref="DendriteException">
    /// INVALID_ARGUMENT, CONSTRAINT_VIOLATED: with all that is wrong; RECORD_NOT_FOUND; VERSION_MISMATCH.
    /// </exception>
    public async Task PlanAsync(
        RecordView view,
        DatasetWriteSet set,
        IReadOnlyList<RecordWrite> writes,
        CancellationToken cancellationToken
    )
    {
        var problems = new RecordProblems();
        var drafts = new RecordInput(set.Dataset, problems);
        var keys = writes.Select(write => drafts.KeyOf(write)).ToList();
        RefuseTwins(set.Dataset, writes, keys, problems);
        problems.ThrowIfAny();
        var stored = await ReadAsync(view, set.Dataset, writes, keys!, cancellationToken);
        for (var i = 0; i < writes.Count; i++)
        {
            var live = stored[i] is { IsDeleted: false } record ? record : null;
            CheckVersion(set.Dataset, writes[i], keys[i]!, live);
            if (Plan(drafts, writes[i], keys[i]!, live) is { } planned)
            {
                set.TryAdd(planned);
            }
        }

        problems.ThrowIfAny();
    }

    /// <summary>The records that decide what is written, each at the place of its write.</summary>
    private async Task<StoredRecord?[]> ReadAsync(
        RecordView view,
        Dataset dataset,
        IReadOnlyList<RecordWrite> writes,
        List<byte[]> keys,
        CancellationToken cancellationToken
    )
    {
        int[] places = [.. Enumerable.Range(0, writes.Count).Where(place => writes[place].NeedsStored)];
        var found = await reader.GetAsync(
            view,
            dataset.Id,
            [.. places.Select(place => (ReadOnlyMemory<byte>)keys[place])],
            cancellationToken
        );
        var stored = new StoredRecord?[writes.Count];
        foreach (var (place, record) in places.Zip(found))
        {
            stored[place] = record;
        }

        return stored;
    }

    private static PlannedWrite? Plan(RecordInput drafts, RecordWrite write, byte[] key, StoredRecord? live)
    {
        switch (write)
        {
            case RecordWrite.Put put:
                return drafts.Put(put, key);
            case RecordWrite.Patch patch:
                return drafts.Patch(patch, key, live ?? throw NoRecord(drafts.Dataset, write, key));
            case RecordWrite.Delete { AllowMissing: true } when live is null:
                return null;
            default:
                _ = live ?? throw NoRecord(drafts.Dataset, write, key);
                return new(drafts.Dataset, key, null) { Path = write.Path };
        }
    }

    private static void RefuseTwins(
        Dataset dataset,
        IReadOnlyList<RecordWrite> writes,
        List<byte[]?> keys,
        RecordProblems problems
    )
    {
        var seen = new HashSet<ReadOnlyMemory<byte>>(KeyComparer.Instance);
        for (var i = 0; i < keys.Count; i++)
        {
            if (keys[i] is { } key && !seen.Add(key))
            {
                var id = PlannedWrite.IdOf(dataset, key);
                problems.Add(
                    new(writes[i].Path, $"record {id} is written already by this request; write each record once")
                    {
                        Dataset = dataset.Name,
                        Record = id,
                    }
                );
            }
        }
    }

    private static void CheckVersion(Dataset dataset, RecordWrite write, byte[] key, StoredRecord? live)
    {
        var version = live?.Version.Value ?? 0;
        if (write.IfVersion is not { } expected || expected == version)
        {
            return;
        }

        var id = PlannedWrite.IdOf(dataset, key);
        var found = version == 0 ? "does not exist" : $"has version {version}";
        var wanted = expected == 0 ? "it should not exist" : $"version {expected} was expected";
        throw new DendriteException(
            ErrorReason.VersionMismatch,
            $"{write.Path}: record {id} of {dataset.Name} {found}, and {wanted}: read it again and retry."
        )
        {
            Metadata = new Dictionary<string, string>
            {
                ["dataset"] = dataset.Name,
                ["record"] = id,
                ["version"] = $"{version}",
                ["expected_version"] = $"{expected}",
            },
        };
    }

    private static DendriteException NoRecord(Dataset dataset, RecordWrite write, byte[] key)
    {
        var id = PlannedWrite.IdOf(dataset, key);
        return new(
            ErrorReason.RecordNotFound,
            $"{write.Path}: record {id} of {dataset.Name} does not exist; put it to make it."
        )
        {
            Metadata = new Dictionary<string, string> { ["dataset"] = dataset.Name, ["record"] = id },
        };
    }
}
