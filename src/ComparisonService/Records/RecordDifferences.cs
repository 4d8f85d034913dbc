using System.Runtime.CompilerServices;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Records;

namespace Dendrite.ComparisonService.Records;

/// <summary>Which records that differ are asked for.</summary>
/// <param name="DatasetIds">Empty for all.</param>
/// <param name="Filter">As it came; empty for all.</param>
public sealed record DifferenceSelection(IReadOnlyCollection<string> DatasetIds, string Filter)
{
    /// <summary>The last record of the page before; null: from the first one.</summary>
    public RecordPlace? After { get; init; }
}

/// <summary>Finds what of a comparison callers ask for. Thread-safe.</summary>
public sealed class RecordDifferences(RecordDiffer differ, DatasetStore datasets)
{
    /// <summary>Names in one request.</summary>
    private const int MaxDatasets = 1_000;

    /// <summary>The records that differ, by dataset, then by key.</summary>
    /// <exception cref="DendriteException">
    /// INVALID_ARGUMENT, MALFORMED_NAME, INVALID_FILTER; DATASET_NOT_FOUND: neither side has it.
    /// </exception>
    public async IAsyncEnumerable<RecordChange> ReadAsync(
        Comparison comparison,
        DifferenceSelection selection,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var pairs = await SelectAsync(comparison.Compared, selection.DatasetIds, cancellation);
        var isWanted = RecordDifferenceFilter.Read(selection.Filter, pairs);
        var options = new RecordDiffOptions { After = selection.After };
        await foreach (var change in differ.CompareAsync(comparison.Compared, pairs, options, cancellation))
        {
            if (isWanted(change))
            {
                yield return change;
            }
        }
    }

    /// <summary>
    /// The datasets that may differ, by name. One round trip, two more where one of the names does not.
    /// </summary>
    /// <param name="names">Empty for all.</param>
    /// <exception cref="DendriteException">DATASET_NOT_FOUND.</exception>
    public async Task<IReadOnlyList<DatasetPair>> SelectAsync(
        ComparedSnapshots compared,
        IReadOnlyCollection<string> names,
        CancellationToken cancellation
    )
    {
        Check(names);
        var pairs = await differ.ListDatasetsAsync(compared, cancellation);
        if (names.Count == 0)
        {
            return pairs;
        }

        var unknown = names.Except(pairs.Select(pair => pair.Name)).ToList();
        foreach (var snapshot in new[] { compared.To, compared.From })
        {
            if (unknown.Count > 0)
            {
                var view = new RecordView(compared.Project, snapshot);
                var found = await datasets.ListNamedAsync(view, unknown, cancellation);
                unknown = [.. unknown.Except(found.Select(dataset => dataset.Name))];
            }
        }

        return unknown is [var missing, ..]
            ? throw new DendriteException(
                ErrorReason.DatasetNotFound,
                $"Dataset '{missing}' is on neither side; list the datasets of the two branches for those that are."
            )
            : [.. pairs.Where(pair => names.Contains(pair.Name))];
    }

    private static void Check(IReadOnlyCollection<string> names)
    {
        if (names.Count > MaxDatasets)
        {
            throw DendriteException.Invalid("dataset_ids", $"has {names.Count} ids; at most {MaxDatasets} are allowed");
        }

        foreach (var (index, name) in names.Index())
        {
            ResourceId.Check(name, $"dataset_ids[{index}]");
        }
    }
}
