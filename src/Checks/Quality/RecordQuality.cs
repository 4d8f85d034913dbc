using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Storage;
using Dendrite.Storage.Records;
using Dendrite.V1;

namespace Dendrite.Checks.Quality;

/// <summary>
/// Holds the records of a dataset to having their counterparts in another one. Both are read through once, the required
/// ones first; of these a digest and 64 bits are held for each group of records that belongs together.
/// </summary>
public sealed class RecordQuality(DatasetStore datasets, RecordReader records)
{
    /// <summary>Groups of required records: 100 MB.</summary>
    private const int MaxGroups = 2_000_000;

    private const ulong AnyRecord = ulong.MaxValue;

    /// <param name="branch">In whose name findings name datasets.</param>
    /// <exception cref="DendriteException">QUOTA_EXCEEDED: too many groups to hold.</exception>
    public async Task CheckAsync(
        RecordView view,
        BranchName branch,
        (int Index, QualityCheck Check) check,
        QualityFindings findings,
        CancellationToken cancellation
    )
    {
        var rule = check.Check.RequiredRecords;
        var found = await datasets.ListNamedAsync(view, [rule.DatasetId, rule.RequiredDatasetId], cancellation);
        var needing = Open(found, rule.DatasetId, rule.Columns);
        string[] values = rule.ValueColumn.Length > 0 ? [rule.ValueColumn] : [];
        var required = Open(found, rule.RequiredDatasetId, [.. rule.Columns, .. values]);
        foreach (var problem in new[] { needing.Problem, required.Problem }.OfType<string>())
        {
            findings.Fail(check.Index, new() { Message = problem });
        }

        if (needing.Columns is not { } of || required.Columns is not { } by)
        {
            return;
        }

        var groups = await ReadGroupsAsync(view, by, rule, cancellation);
        var resource = new DatasetName(branch.Project, branch.Branch, rule.DatasetId).ToString();
        await foreach (var row in ReadAsync(view, of, cancellation))
        {
            var missing = MissingOf(groups, row, rule);
            if (missing is not null)
            {
                var parts = rule.Columns.Zip(row, (name, value) => $"{name} {value?.ToText() ?? "null"}");
                var record = string.Join(", ", parts);
                var message = $"{Cut(record)} has no {missing} in dataset '{rule.RequiredDatasetId}'";
                findings.Fail(check.Index, new() { Resource = resource, Message = message });
            }
        }
    }

    /// <summary>What a record lacks, for people; null: nothing.</summary>
    private static string? MissingOf(Dictionary<UInt128, ulong> groups, CellValue?[] row, RequiredRecordsRule rule)
    {
        // Null is equal to nothing: such a record belongs to no others.
        var there = Array.Exists(row, value => value is null) ? 0 : groups.GetValueOrDefault(DigestOf(row));
        if (rule.RequiredValues.Count == 0)
        {
            return there == 0 ? "record" : null;
        }

        var missing = rule.RequiredValues.Where((_, i) => (there & (1UL << i)) == 0).ToList();
        return missing.Count == 0 ? null : $"{rule.ValueColumn} {Cut(string.Join(", ", missing))}";
    }

    private async Task<Dictionary<UInt128, ulong>> ReadGroupsAsync(
        RecordView view,
        OpenDataset required,
        RequiredRecordsRule rule,
        CancellationToken cancellation
    )
    {
        var bits = BitsOf(rule, required.Columns[^1]);
        Dictionary<UInt128, ulong> groups = [];
        await foreach (var row in ReadAsync(view, required, cancellation))
        {
            var key = row[..rule.Columns.Count];
            var bit =
                bits.Count == 0 ? AnyRecord
                : row[^1] is { } value ? bits.GetValueOrDefault(Plain(value))
                : 0;
            if (bit != 0 && Array.TrueForAll(key, part => part is not null))
            {
                var group = DigestOf(key);
                groups[group] = groups.GetValueOrDefault(group) | bit;
                if (groups.Count > MaxGroups)
                {
                    throw new DendriteException(
                        ErrorReason.QuotaExceeded,
                        $"required_records.columns: dataset '{rule.RequiredDatasetId}' has more than {MaxGroups} "
                            + "different values of these columns; a check holds no more"
                    );
                }
            }
        }

        return groups;
    }

    /// <summary>The bit of each required value, as the type of its column has it: it may be written in many
    /// ways.</summary>
    private static Dictionary<string, ulong> BitsOf(RequiredRecordsRule rule, ColumnDefinition column)
    {
        Dictionary<string, ulong> bits = [];
        foreach (var (place, text) in rule.RequiredValues.Index())
        {
            // What is no value of the type is in no record.
            var value = CellParser.Parse(column.Type, null, CellInput.OfField(text)).Value;
            var plain = value is { } parsed ? Plain(parsed) : text;
            bits[plain] = bits.GetValueOrDefault(plain) | (1UL << place);
        }

        return bits;
    }

    private async IAsyncEnumerable<CellValue?[]> ReadAsync(
        RecordView view,
        OpenDataset dataset,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        int[] numbers = [.. dataset.Columns.Select(column => column.Number)];
        await foreach (var cells in records.ScanCellsAsync(view, new(dataset.Id), numbers, cancellation))
        {
            yield return [.. dataset.Columns.Select((column, i) => ValueOf(column, cells[i]))];
        }
    }

    private static CellValue? ValueOf(ColumnDefinition column, string? cell)
    {
        if (cell is null)
        {
            return column.ReadMissing();
        }

        using var json = JsonDocument.Parse(cell);
        return column.Read(json.RootElement);
    }

    /// <summary>One text for equal values: 12.5 and 12.50 are one decimal.</summary>
    private static string Plain(CellValue value)
    {
        var text = value.ToText();
        return value.Type == CellType.Decimal && text.Contains('.', StringComparison.Ordinal)
            ? text.TrimEnd('0').TrimEnd('.')
            : text;
    }

    /// <summary>Half of a SHA-256: two groups of a billion are taken for one once in 10^20.</summary>
    private static UInt128 DigestOf(CellValue?[] key)
    {
        // The length keeps ("ab", "c") apart from ("a", "bc").
        var text = string.Concat(key.Select(part => Plain(part!.Value)).Select(part => $"{part.Length}:{part}"));
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(digest);
    }

    private static (OpenDataset? Columns, string? Problem) Open(
        IReadOnlyList<DatasetRecord> found,
        string name,
        IReadOnlyList<string> columns
    )
    {
        var dataset = found.FirstOrDefault(one => one.Name == name);
        if (dataset is null)
        {
            return (null, $"dataset '{name}' does not exist there");
        }

        var definition = DefinitionJson.Read(Encoding.UTF8.GetString(dataset.Definition.Span));
        var missing = columns.FirstOrDefault(column => definition.Find(column) is null);
        return missing is null
            ? (new(dataset.Id, [.. columns.Select(column => definition.Find(column)!)]), null)
            : (null, $"dataset '{name}' has no column '{missing}'");
    }

    /// <summary>Values are strangers' texts of any length.</summary>
    private static string Cut(string text) => BriefText.Shorten(text, 300);

    private sealed record OpenDataset(DatasetId Id, IReadOnlyList<ColumnDefinition> Columns);
}
