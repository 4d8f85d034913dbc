using System.Text;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Keys;
using Dendrite.Storage;
using Dendrite.Storage.History;
using Dendrite.Storage.Records;
using Dendrite.Versioning;

namespace Dendrite.BranchService.History;

/// <summary>Which versions of a record are wanted.</summary>
/// <param name="Limit">Versions of one page, which has fewer where they are large.</param>
public sealed record RecordVersionQuery(RecordView View, RecordName Name, int Limit)
{
    /// <summary>Only versions that changed this column; empty: all.</summary>
    public string Column { get; init; } = "";

    /// <summary>Only versions below this one; null: from the newest.</summary>
    public CommitVersion? Before { get; init; }
}

/// <summary>A page of versions of a record, newest first.</summary>
public sealed record RecordVersionPage(IReadOnlyList<V1.RecordVersion> Versions, bool More);

/// <summary>Who changed which cell of a record, when, in which branch, from what to what. Thread-safe.</summary>
public sealed class RecordVersions(DatasetStore datasets, RecordHistory history)
{
    /// <summary>Versions that are read at once while those that changed one column are looked for.</summary>
    private const int ReadAtOnce = 200;

    /// <summary>
    /// Further reads for what the cells of a merge were before it: some 40 MB where versions are large, else more than
    /// a merge names that it saw.
    /// </summary>
    private const int MaxReadsBehind = 10;

    /// <summary>Datasets that a record is looked for in; more are not made.</summary>
    private const int MaxDatasets = 10_000;

    /// <summary>
    /// Two round trips, and one more for every so many versions, or megabytes of them, that did not change the column;
    /// where merges wrote to the record a few more for what its cells were before them.
    /// </summary>
    /// <exception cref="DendriteException">
    /// DATASET_NOT_FOUND; RECORD_NOT_FOUND: there never was one of that key; INVALID_ARGUMENT: no such column.
    /// </exception>
    public async Task<RecordVersionPage> ListAsync(RecordVersionQuery query, CancellationToken cancellationToken)
    {
        var (dataset, definition) = await FindAsync(query, cancellationToken);
        var key = KeyOf(query.Name, definition);
        var cells = new CellHistory(definition, query.Column);
        var (shown, bytes) = (new List<V1.RecordVersion>(), 0L);
        var read = await ReadAsync(query.Before);
        if (read.Items.Count == 0 && query.Before is null)
        {
            throw new DendriteException(ErrorReason.RecordNotFound, $"{query.Name} never existed there.");
        }

        while (true)
        {
            var behind = await ReadBehindAsync();
            var changes = cells.Describe([.. read.Items, .. behind.SelectMany(page => page.Items)]);
            foreach (var (version, changed) in read.Items.Zip(changes))
            {
                if (query.Column.Length > 0 && changed.Count == 0)
                {
                    continue;
                }

                var next = Map(query, version, changed);
                bytes += next.CalculateSize();
                if (shown.Count == query.Limit || (shown.Count > 0 && bytes > PageBytes.Max))
                {
                    return new(shown, More: true);
                }

                shown.Add(next);
            }

            if (!read.More)
            {
                return new(shown, More: false);
            }

            read = behind.Count > 0 ? behind[0] : await ReadAsync(read.Items[^1].Record.Version);
        }

        // What a merge restates may be told by versions far behind these.
        async Task<IReadOnlyList<RowPage<RecordVersion>>> ReadBehindAsync()
        {
            var (all, last, behind) = (read.Items.ToList(), read, new List<RowPage<RecordVersion>>());
            while (last.More && behind.Count < MaxReadsBehind && cells.IsOpen(all, read.Items.Count))
            {
                last = await ReadAsync(all[^1].Record.Version);
                behind.Add(last);
                all.AddRange(last.Items);
            }

            return behind;
        }

        Task<RowPage<RecordVersion>> ReadAsync(CommitVersion? before) =>
            history.ListAsync(query.View, (dataset, key), before, ReadAtOnce, cancellationToken);
    }

    /// <summary>
    /// A record in words, for people: <c>record 01-701-1015 of dataset 'dm'</c>. At most one round trip.
    /// </summary>
    public async Task<string> NameAsync(RecordView view, DamagedRecord record, CancellationToken cancellationToken)
    {
        var all = await datasets.ListAsync(view, "", MaxDatasets, cancellationToken);
        if (all.FirstOrDefault(dataset => dataset.Id == record.Dataset) is not { } found)
        {
            return $"record {Convert.ToHexString(record.Key.Span)} of a dataset that is deleted";
        }

        var types = DefinitionJson.Read(Encoding.UTF8.GetString(found.Definition.Span)).KeyTypes;
        var id = RecordId.Format(RecordKey.Decode(record.Key.Span, types.AsSpan()).AsSpan());
        return $"record {id} of dataset '{found.Name}'";
    }

    private async Task<(DatasetId Id, DatasetDefinition Definition)> FindAsync(
        RecordVersionQuery query,
        CancellationToken cancellationToken
    )
    {
        var name = query.Name.Parent;
        var found =
            await datasets.FindAsync(query.View, name.Dataset, cancellationToken)
            ?? throw new DendriteException(ErrorReason.DatasetNotFound, $"{name} does not exist there.")
            {
                Metadata = new Dictionary<string, string> { ["dataset"] = name.Dataset },
            };
        var definition = DefinitionJson.Read(Encoding.UTF8.GetString(found.Definition.Span));
        return query.Column.Length == 0 || definition.Find(query.Column) is not null
            ? (found.Id, definition)
            : throw DendriteException.Invalid(
                "column",
                $"{CellParser.Show(query.Column)} is no column of {name.Dataset}"
            );
    }

    private static byte[] KeyOf(RecordName name, DatasetDefinition definition)
    {
        var key = RecordId.Parse(name.Record, definition.KeyTypes.AsSpan(), out var problem);
        return key is { } values
            ? RecordKey.Encode(values.AsSpan())
            : throw DendriteException.Invalid("name", problem!);
    }

    private static V1.RecordVersion Map(
        RecordVersionQuery query,
        RecordVersion version,
        IReadOnlyList<V1.CellChange> changes
    ) =>
        new()
        {
            Commit = CommitMapper.ToContract(version.Commit, query.Name.Parent.Parent),
            Deleted = version.Record.IsDeleted,
            Changes = { changes },
        };
}
