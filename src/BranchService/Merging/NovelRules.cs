using System.Buffers.Binary;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Holds records to constraints that neither side had so, such as one that a revert brings back, or one side's over a
/// column that the other widened. Only those that the commit writes are found by such a constraint; so each record is
/// looked at once, and its entries are collected. Where nothing is merged, columns' rules that come back are held
/// against the records that are not written as well.
/// </summary>
/// <param name="view">What the branch shows, but for what the commit writes.</param>
/// <param name="isAlone">
/// Nothing is merged. Where something is, each side held all records to its constraint, and a wider type keeps values
/// apart: they need entries alone.
/// </param>
internal sealed class NovelRules(RecordReader reader, RecordView view, string branch, bool isAlone)
{
    /// <summary>A check names at most so many records.</summary>
    private const int MaxRecords = 20;

    private readonly List<(DatasetId Dataset, StoredRecord Record, RuleDigest Entry)> lookups = [];

    public List<V1.CheckFailure> Failures { get; } = [];

    /// <summary>Entries for row versions that stand already; their documents are not kept.</summary>
    public IReadOnlyList<(DatasetId Dataset, StoredRecord Record, RuleDigest Entry)> Lookups => lookups;

    /// <summary>Reads all records of each dataset that has such rules, once, and nothing of others.</summary>
    /// <param name="records">Those that the commit is about, with their results.</param>
    public async Task CheckAsync(
        MergedSchemas schemas,
        IEnumerable<MergedRecord> records,
        CancellationToken cancellationToken
    )
    {
        var results = records.ToLookup(record => record.Dataset.Id);
        foreach (var dataset in schemas.Live.ToList())
        {
            var columns = isAlone ? dataset.TightenedColumns.ToList() : [];
            if (columns.Count > 0 || dataset.NovelConstraints.Any())
            {
                await CheckAsync(dataset, columns, results[dataset.Id], cancellationToken);
            }
        }
    }

    private async Task CheckAsync(
        MergedDataset dataset,
        IReadOnlyList<ColumnDefinition> columns,
        IEnumerable<MergedRecord> written,
        CancellationToken cancellationToken
    )
    {
        var refused = columns.Select(column => new Refused(column)).ToList();
        var asked = dataset.Definition with { Constraints = [.. dataset.NovelConstraints] };
        var results = written.ToDictionary(record => KeyOf(record.Row.Key));
        var twins = isAlone ? TwinsOf(asked, results.Values) : [];
        await foreach (var record in reader.ScanAsync(view, new(dataset.Id), cancellationToken))
        {
            var result = results.GetValueOrDefault(KeyOf(record.Key));
            if (result is not null && IsWritten(result))
            {
                continue;
            }

            var cells = RecordCells.Read(asked, record.Document!.Value);
            var bare = record with { Document = null };
            lookups.AddRange(MergedRecord.LookupsOf(cells).Select(entry => (dataset.Id, bare, entry)));
            if (result is null)
            {
                twins.ForEach(twin => twin.Add(cells, record.Key));
                refused.ForEach(column => column.Add(cells, record.Key));
            }
        }

        Failures.AddRange(refused.Where(one => one.Count > 0).Select(one => FailureOf(dataset, one)));
        Failures.AddRange(twins.Where(twin => twin.Count > 0).Select(twin => FailureOf(dataset, twin)));
    }

    /// <summary>A merge gives the others that a side wrote their entries itself.</summary>
    private bool IsWritten(MergedRecord record) => !isAlone || record.DiffersFromTarget;

    /// <summary>With the values of the results, which are held against each other elsewhere.</summary>
    private static List<Twins> TwinsOf(DatasetDefinition asked, IReadOnlyCollection<MergedRecord> results)
    {
        var twins = asked.Constraints.OfType<UniqueConstraint>().Select(rule => new Twins(rule)).ToList();
        foreach (var twin in twins)
        {
            foreach (var result in results.Where(result => result.Cells is not null))
            {
                twin.Take(result.Cells!.Value, result.Row.Key);
            }
        }

        return twins;
    }

    private V1.CheckFailure FailureOf(MergedDataset dataset, Twins twins)
    {
        var (first, second) = twins.Found[0];
        var more = twins.Count > 1 ? $", and {twins.Count - 1} more such pairs" : "";
        var failure = new V1.CheckFailure
        {
            Check = twins.Rule.Name,
            Message =
                $"Records {MergedRecord.IdOf(dataset, first)} and {MergedRecord.IdOf(dataset, second)} of "
                + $"'{dataset.Name}' would have the same values in columns that are unique ({twins.Rule.Name}){more}.",
        };
        failure.Records.AddRange(NamesOf(dataset, twins.Found.SelectMany(pair => new[] { pair.First, pair.Second })));
        return failure;
    }

    private V1.CheckFailure FailureOf(MergedDataset dataset, Refused refused)
    {
        var (key, problem) = refused.Found[0];
        var more = refused.Count > 1 ? $", and {refused.Count - 1} more records do not meet the column's rules" : "";
        var failure = new V1.CheckFailure
        {
            Check = refused.Column.Name,
            Message =
                $"{dataset.Name}.{refused.Column.Name} {problem} in record {MergedRecord.IdOf(dataset, key)}{more}.",
        };
        failure.Records.AddRange(NamesOf(dataset, refused.Found.Select(found => found.Key)));
        return failure;
    }

    private IEnumerable<string> NamesOf(MergedDataset dataset, IEnumerable<ReadOnlyMemory<byte>> keys) =>
        keys.Select(key => $"{branch}/datasets/{dataset.Name}/records/{MergedRecord.IdOf(dataset, key)}")
            .Distinct()
            .Take(MaxRecords);

    private static string KeyOf(ReadOnlyMemory<byte> key) => Convert.ToHexString(key.Span);

    /// <summary>Records that have the same values under one constraint.</summary>
    private sealed class Twins(UniqueConstraint rule)
    {
        private readonly Dictionary<UInt128, ReadOnlyMemory<byte>> holders = [];

        public UniqueConstraint Rule { get; } = rule;

        /// <summary>The first of them.</summary>
        public List<(ReadOnlyMemory<byte> First, ReadOnlyMemory<byte> Second)> Found { get; } = [];

        public long Count { get; private set; }

        /// <summary>Notes that a record has the values; the first of many counts.</summary>
        public void Take(RecordCells cells, ReadOnlyMemory<byte> key)
        {
            if (ValuesOf(cells) is { } values)
            {
                holders.TryAdd(values, key);
            }
        }

        public void Add(RecordCells cells, ReadOnlyMemory<byte> key)
        {
            if (ValuesOf(cells) is not { } values || holders.TryAdd(values, key))
            {
                return;
            }

            Count++;
            if (Found.Count < MaxRecords)
            {
                Found.Add((holders[values], key));
            }
        }

        private UInt128? ValuesOf(RecordCells cells) =>
            ConstraintDigest.Of(Rule, cells) is { } digest ? BinaryPrimitives.ReadUInt128BigEndian(digest) : null;
    }

    /// <summary>Records whose values a column refuses.</summary>
    private sealed class Refused(ColumnDefinition column)
    {
        public ColumnDefinition Column { get; } = column;

        /// <summary>The first of them, and why.</summary>
        public List<(ReadOnlyMemory<byte> Key, string Problem)> Found { get; } = [];

        public long Count { get; private set; }

        public void Add(RecordCells cells, ReadOnlyMemory<byte> key)
        {
            if (CellRules.ProblemOf(Column, cells[Column.Number]) is not { } problem)
            {
                return;
            }

            Count++;
            if (Found.Count < MaxRecords)
            {
                Found.Add((key, problem));
            }
        }
    }
}
