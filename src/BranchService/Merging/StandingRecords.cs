using System.Text;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
using Dendrite.Storage.Records;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Checks a pick or a revert against records that it does not write: who has a unique value that comes back, who refers
/// to a record that goes. A merge has no need of it, since on each side its records stood beside the others already.
/// Thread-safe.
/// </summary>
public sealed class StandingRecords(DatasetStore datasets, RecordLookups lookups)
{
    private const int MaxDatasets = 10_000;

    /// <summary>Digests of one question to the database: bounded arrays, few round trips.</summary>
    private const int AskedAtOnce = 5_000;

    /// <summary>Who is named when many refer to a deleted record.</summary>
    private const int MaxNamed = 5;

    /// <summary>What would not hold. A round trip for each constraint and 5,000 records; reads no document.</summary>
    /// <param name="records">Those that the commit writes; others that stay as they are do no harm.</param>
    /// <param name="head">What the commit follows.</param>
    internal async Task<IReadOnlyList<V1.CheckFailure>> CheckAsync(
        MergedSchemas schemas,
        IEnumerable<MergedRecord> records,
        RecordView head,
        CancellationToken cancellationToken
    )
    {
        var writes = records
            .Where(record => record.DiffersFromTarget)
            .GroupBy(record => record.Dataset.Id)
            .ToDictionary(group => group.Key, group => group.ToDictionary(record => KeyOf(record.Row.Key)));
        var failures = new List<V1.CheckFailure>();
        foreach (var written in writes.Values)
        {
            var dataset = written.Values.First().Dataset;
            // Of a new one all records are looked at; see ConstraintChecks.
            foreach (
                var rule in dataset.Definition.Constraints.Except(dataset.NewConstraints).OfType<UniqueConstraint>()
            )
            {
                var digests = written
                    .Values.Where(record => record.Cells is not null)
                    .Select(record => (Record: record, Digest: ConstraintDigest.Of(rule, record.Cells!.Value)))
                    .Where(found => found.Digest is not null)
                    .Select(found => (found.Record, found.Digest!));
                var found = await FindAsync(head, (dataset.Id, rule), digests, written, cancellationToken);
                failures.AddRange(found.Select(match => Taken(rule, dataset, match)));
            }
        }

        var gone = writes.Values.SelectMany(written => written.Values).Where(record => record.Result is null);
        foreach (var deleted in gone.GroupBy(record => record.Dataset.Name, StringComparer.Ordinal).ToList())
        {
            foreach (var (from, rule) in await ListReferencesAsync(schemas, deleted.Key, head, cancellationToken))
            {
                var written = writes.GetValueOrDefault(from.Id) ?? [];
                var digests = deleted.Select(record => (record, DigestOf(record, from, rule)));
                var found = await FindAsync(head, (from.Id, rule), digests, written, cancellationToken);
                failures.AddRange(found.Select(match => Abandoned(rule, from, match)));
            }
        }

        return failures;
    }

    /// <summary>Records that have the digests and that the commit does not write.</summary>
    private async Task<IReadOnlyList<(MergedRecord Record, IReadOnlyList<LookupMatch> Others)>> FindAsync(
        RecordView head,
        (DatasetId Dataset, DatasetConstraint Rule) of,
        IEnumerable<(MergedRecord Record, byte[] Digest)> asked,
        Dictionary<string, MergedRecord> written,
        CancellationToken cancellationToken
    )
    {
        var found = new List<(MergedRecord, IReadOnlyList<LookupMatch>)>();
        var number = ConstraintDigest.RuleOf(of.Rule);
        foreach (var chunk in asked.Chunk(AskedAtOnce))
        {
            var records = chunk
                .GroupBy(pair => KeyOf(pair.Digest), pair => pair.Record)
                .ToDictionary(group => group.Key, group => group.First());
            var digests = chunk.Select(pair => new RuleDigest(number, pair.Digest)).ToList();
            // Those that the commit writes count as they will be, so they may fill the whole answer.
            var limit = MaxNamed + 1 + written.Count;
            var matches = await lookups.FindAsync(head, of.Dataset, digests, limit, cancellationToken);
            found.AddRange(
                from match in matches
                where !written.ContainsKey(KeyOf(match.Key))
                group match by KeyOf(match.Entry.Digest) into others
                select (records[others.Key], (IReadOnlyList<LookupMatch>)[.. others])
            );
        }

        return found;
    }

    /// <summary>References to a dataset after the commit.</summary>
    private async Task<IReadOnlyList<(MergedDataset From, ReferenceConstraint Rule)>> ListReferencesAsync(
        MergedSchemas schemas,
        string name,
        RecordView head,
        CancellationToken cancellationToken
    )
    {
        var all = await datasets.ListAsync(head, "", MaxDatasets, cancellationToken);
        var standing = all.Where(dataset => schemas.Find(dataset.Id) is null)
            .Select(dataset =>
            {
                var definition = DefinitionJson.Read(Encoding.UTF8.GetString(dataset.Definition.Span));
                return new MergedDataset(dataset.Id, dataset.Name, definition, definition);
            });
        return
        [
            .. from dataset in standing.Concat(schemas.Live)
            from rule in dataset.Definition.Constraints.OfType<ReferenceConstraint>()
            where rule.DatasetId == name
            select (dataset, rule),
        ];
    }

    private static byte[] DigestOf(MergedRecord record, MergedDataset from, ReferenceConstraint rule)
    {
        var key = RecordKey.Decode(record.Row.Key.Span, record.Dataset.Definition.KeyTypes.AsSpan());
        return ConstraintDigest.Of(rule, from.Definition, key);
    }

    private static V1.CheckFailure Taken(
        UniqueConstraint rule,
        MergedDataset dataset,
        (MergedRecord Record, IReadOnlyList<LookupMatch> Others) found
    ) =>
        new()
        {
            Check = rule.Name,
            Message =
                $"Record {found.Record.RecordId} of '{dataset.Name}' would have the same values as "
                + $"{NamesOf(dataset, found.Others)} in columns that are unique ({rule.Name}).",
        };

    private static V1.CheckFailure Abandoned(
        ReferenceConstraint rule,
        MergedDataset from,
        (MergedRecord Record, IReadOnlyList<LookupMatch> Others) found
    ) =>
        new()
        {
            Check = rule.Name,
            Message =
                $"Record {found.Record.RecordId} of '{found.Record.Dataset.Name}' would go, and is referred to by "
                + $"{NamesOf(from, found.Others)} of '{from.Name}' ({rule.Name}).",
        };

    private static string NamesOf(MergedDataset dataset, IReadOnlyList<LookupMatch> matches)
    {
        var named = matches.Take(MaxNamed).Select(match => MergedRecord.IdOf(dataset, match.Key));
        return string.Join(", ", named) + (matches.Count > MaxNamed ? " and others" : "");
    }

    private static string KeyOf(ReadOnlyMemory<byte> bytes) => Convert.ToHexString(bytes.Span);
}
