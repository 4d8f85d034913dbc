using System.Text;
using Dendrite.Contracts.Cells;
using Dendrite.Contracts.Filters;
using Dendrite.Errors;
using Dendrite.Records.Datasets;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;

namespace Dendrite.BranchService.Merging;

/// <summary>A dataset of a pick: the same one in both states, by its number and not by its name.</summary>
/// <param name="Source">Null: the source does not have it.</param>
/// <param name="Target">Null: the target does not have it, any more or yet.</param>
internal sealed record PickedDataset(DatasetRecord? Source, DatasetRecord? Target)
{
    public DatasetId Id => Shown.Id;

    /// <summary>What values are written under.</summary>
    public DatasetDefinition Definition { get; } =
        DefinitionJson.Read(Encoding.UTF8.GetString((Target ?? Source)!.Definition.Span));

    /// <summary>As the source has it; null where it does not.</summary>
    public DatasetDefinition? SourceDefinition { get; } =
        Source is null ? null : DefinitionJson.Read(Encoding.UTF8.GetString(Source.Definition.Span));

    /// <summary>
    /// Whether it has every column that a filter speaks of. One that the source does not have says nothing of its
    /// records, so nothing of them can be asked by it.
    /// </summary>
    public bool Has(FilterExpression? filter) => RecordFilter.Fits(filter, Definition) && !FindUnknown(filter).Any();

    /// <summary>Columns that a filter speaks of and the source does not have.</summary>
    public IEnumerable<ColumnDefinition> FindUnknown(FilterExpression? filter) =>
        Definition.Columns.Where(column =>
            SourceDefinition is { } source
            && source.Find(column.Number) is null
            && !RecordFilter.Fits(filter, Definition with { Columns = Definition.Columns.Remove(column) })
        );

    private DatasetRecord Shown => (Target ?? Source)!;

    public bool IsCalled(string name) => Source?.Name == name || Target?.Name == name;

    /// <summary>As it comes into the target. Nothing of it was ever checked there.</summary>
    public MergedDataset ToRestored() => new(Id, Shown.Name, Definition with { SchemaVersion = null }, null);

    /// <param name="isKnown">Whether the target had it once; else it is made by this commit there.</param>
    public DatasetChange ToChange(bool isKnown) =>
        new(Id, Shown.Uid, Shown.Name, Encoding.UTF8.GetBytes(DefinitionJson.Write(ToRestored().Definition)))
        {
            CreateVersion = isKnown ? Shown.CreateVersion : null,
        };

    /// <summary>Refuses where the target has another dataset of its name.</summary>
    /// <exception cref="DendriteException">DATASET_MISMATCH.</exception>
    public static DendriteException Mismatch(string name) =>
        new(
            ErrorReason.DatasetMismatch,
            $"The source and the target have two datasets called '{name}': one was made without the other, or deleted "
                + "and made again, and their columns have nothing in common. To restore the source's, delete the "
                + "target's first; to keep that, load the records into it."
        )
        {
            Metadata = new Dictionary<string, string> { ["dataset"] = name },
        };
}

/// <summary>Finds the datasets that a pick is about. Thread-safe.</summary>
public sealed class PickedDatasets(DatasetStore datasets, DivergedRows rows, NarrowedColumns narrowed)
{
    /// <summary>Datasets of one state.</summary>
    private const int MaxDatasets = 10_000;

    /// <summary>A refusal names columns of so many datasets at most.</summary>
    private const int MaxNamed = 5;

    /// <summary>Two round trips.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT, INVALID_FILTER, DATASET_MISMATCH.</exception>
    internal async Task<IReadOnlyList<PickedDataset>> FindAsync(
        PickRequest request,
        RecordView from,
        RecordView into,
        CancellationToken cancellationToken
    )
    {
        var sources = await datasets.ListAsync(from, "", MaxDatasets, cancellationToken);
        var targets = (await datasets.ListAsync(into, "", MaxDatasets, cancellationToken)).ToDictionary(d => d.Id);
        var all = sources
            .Select(source => new PickedDataset(source, targets.GetValueOrDefault(source.Id)))
            .Concat(
                targets
                    .Values.ExceptBy(sources.Select(source => source.Id), target => target.Id)
                    .Select(target => new PickedDataset(null, target))
            )
            .ToList();
        var asked = request.Dataset.Length == 0 ? all : [Choose(all, request.Dataset)];
        var fitting = asked.Where(dataset => dataset.Has(request.Filter)).ToList();
        foreach (var dataset in fitting)
        {
            // Refused before a record is looked at, also where there is none.
            RecordFilter.Read(request.Filter, dataset.Definition);
        }

        return fitting.Count > 0 ? fitting : throw NoneFits(request, asked);
    }

    private static DendriteException NoneFits(PickRequest request, IReadOnlyList<PickedDataset> asked)
    {
        var unknown = asked.Where(dataset => RecordFilter.Fits(request.Filter, dataset.Definition)).Take(MaxNamed);
        var names = unknown.SelectMany(dataset =>
            dataset.FindUnknown(request.Filter).Select(column => $"'{column.Name}' of '{dataset.Source!.Name}'")
        );
        return DendriteException.Invalid(
            "filter",
            string.Join(", ", names) is { Length: > 0 } named
                ? $"speaks of what the source does not have, {named}: leave it out, or pick by record_ids"
                : "speaks of columns that no such dataset has"
        );
    }

    /// <summary>
    /// Takes in a dataset that the target does not have. One round trip.
    /// </summary>
    /// <exception cref="DendriteException">DATASET_MISMATCH: the target has another one of its name.</exception>
    internal async Task RestoreAsync(
        PickedDataset dataset,
        MergedSchemas schemas,
        RecordView into,
        CancellationToken cancellationToken
    )
    {
        var restored = dataset.ToRestored();
        if (await datasets.FindAsync(into, restored.Name, cancellationToken) is not null)
        {
            throw PickedDataset.Mismatch(restored.Name);
        }

        var known = await rows.FindAsync(into, VersionedTable.Dataset, [dataset.Id.Value], cancellationToken);
        schemas.Restore(restored, dataset.ToChange(known.Count > 0));
    }

    /// <summary>
    /// Refuses to bring back a dataset with a column narrower than it was in the target before it was deleted there, or
    /// in what merges brought since, where what was written in it would not be read. One round trip, and what
    /// <see cref="NarrowedColumns"/> costs.
    /// </summary>
    /// <exception cref="DendriteException">CHECKS_FAILED.</exception>
    internal async Task DemandReadableAsync(
        PickedDataset dataset,
        (RecordView From, RecordView Into) views,
        string branch,
        CancellationToken cancellationToken
    )
    {
        var (from, into) = views;
        var known = await rows.FindAsync(into, VersionedTable.Dataset, [dataset.Id.Value], cancellationToken);
        if (known.ContainsKey(dataset.Id.Value))
        {
            var since = DivergedView.Of(into.Project, from.Snapshot, into.Snapshot);
            MergeErrors.DemandChecks(
                await narrowed.CheckReturningAsync(since, dataset.ToRestored(), branch, cancellationToken)
            );
        }
    }

    private static PickedDataset Choose(IReadOnlyList<PickedDataset> all, string name)
    {
        var called = all.Where(dataset => dataset.IsCalled(name)).ToList();
        return called.Count switch
        {
            1 when called[0].Source is not null => called[0],
            0 => throw DendriteException.Invalid(
                "dataset_id",
                $"'{name}' is a dataset of neither the source nor the target"
            ),
            1 => throw DendriteException.Invalid("dataset_id", $"'{name}' is no dataset of the source"),
            _ => throw PickedDataset.Mismatch(name),
        };
    }
}
