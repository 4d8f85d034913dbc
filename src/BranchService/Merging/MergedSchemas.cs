using Dendrite.Records.Datasets;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>Datasets as the merge shows them: those that a side changed, and others as they are asked for.</summary>
internal sealed class MergedSchemas(DivergedRows rows, RecordView union)
{
    private readonly Dictionary<DatasetId, MergedDataset> datasets = [];
    private readonly Dictionary<DatasetId, DatasetChange> restated = [];
    private readonly DatasetsByName byName = new(rows, union);

    /// <summary>Nothing is merged: the target is a branch that goes back to what the source was.</summary>
    public bool IsAlone { get; init; }

    public List<PlannedConflict> Conflicts { get; } = [];

    /// <summary>Definitions that do not hold: with any there is no result.</summary>
    public List<V1.CheckFailure> Failures { get; } = [];

    /// <summary>Live datasets that a side changed, with constraints that the base does not have.</summary>
    public IEnumerable<MergedDataset> NewlyConstrained =>
        datasets.Values.Where(dataset => !dataset.IsDeleted && dataset.NewConstraints.Any());

    public IReadOnlyList<DatasetChange> Restated => [.. restated.Values];

    /// <summary>Those of the known ones that are there after the merge.</summary>
    public IEnumerable<MergedDataset> Live => datasets.Values.Where(dataset => !dataset.IsDeleted);

    public MergedDataset? Find(DatasetId id) => datasets.GetValueOrDefault(id);

    /// <summary>The live dataset of that name after the merge; null where there is none.</summary>
    public async Task<MergedDataset?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var called = datasets.Values.Where(dataset => dataset.Name == name).ToLookup(dataset => dataset.IsDeleted);
        if (called[false].FirstOrDefault() is { } known)
        {
            return known with { TakesPlace = known.AtBase is null && called[true].Any() };
        }

        var found = await byName.FindAsync(name, cancellationToken);
        // One that a side renamed or deleted is not called so any more.
        return found is null || datasets.ContainsKey(found.Id) ? null : found;
    }

    /// <summary>Merges what either side changed since the base, and checks what comes of it.</summary>
    /// <param name="written">How many records which sides wrote, and beyond what.</param>
    public async Task MergeAsync(
        IReadOnlyList<DivergedRow> changed,
        (DivergedView View, IReadOnlyList<DivergedCount> Counts) written,
        MergeDecisions decisions,
        CancellationToken cancellationToken
    )
    {
        var deleted = changed.Where(SchemaMerger.IsDeletedByOne).Select(row => IdOf(row).Value).ToList();
        var digests = await rows.DigestDatasetsAsync(written.View, deleted, cancellationToken);
        var merger = new SchemaMerger(decisions, digests)
        {
            KeptByEach = RowBases.FindKeptByEach(changed),
            WritesChoices = !IsAlone,
        };
        var last = new Dictionary<DatasetId, DivergedRow>();
        foreach (var row in changed)
        {
            var id = IdOf(row);
            var wrote = written
                .Counts.Where(count => count.Dataset == id)
                .Aggregate(DivergedSides.None, (s, c) => s | c.Sides);
            if (TryMerge(merger, row, wrote) is not { } merged)
            {
                continue;
            }

            datasets[id] = merged.Dataset with { Standing = StandingOf(row) };
            last[id] = row;
            if (merged.Restated is { } change)
            {
                restated[id] = change;
            }
        }

        Conflicts.AddRange(merger.Conflicts);
        await SettleNamesAsync(last, written.View, decisions, cancellationToken);
        FindTwinColumns(decisions);
        foreach (var dataset in datasets.Values.Where(dataset => !dataset.IsDeleted).ToList())
        {
            Failures.AddRange(DefinitionChecks.Find(dataset, last[dataset.Id]));
        }

        if (Failures.Count == 0)
        {
            await CheckReferencesAsync(cancellationToken);
        }
    }

    private static DatasetId IdOf(DivergedRow row) => MergedDataset.IdOf((row.Target ?? row.Source)!.Columns);

    /// <summary>
    /// Null where a column would have the type of one side and a value of the other that is none of it, such as its
    /// default. What does not hold by itself, on one side, is damage and no such failure.
    /// </summary>
    private (MergedDataset Dataset, DatasetChange? Restated)? TryMerge(
        SchemaMerger merger,
        DivergedRow row,
        DivergedSides recordSides
    )
    {
        try
        {
            return merger.Merge(row, recordSides);
        }
        catch (FormatException strange)
        {
            var sides = new[] { row.Base, row.Source, row.Target }.OfType<VersionedSide>().ToList();
            sides.ForEach(side => MergedDataset.DefinitionOf(side.Columns));
            var name = MergedDataset.NameOf((row.Target ?? row.Source)!.Columns);
            Failures.Add(
                new()
                {
                    Check = name,
                    Message = $"The definition of dataset '{name}' does not hold together. {strange.Message}",
                }
            );
            return null;
        }
    }

    /// <summary>Records of a dataset that a branch deleted stand as they did: nobody writes to it.</summary>
    private List<DatasetDefinition> StandingOf(DivergedRow row)
    {
        var sides = new[] { row.Target, row.Source }.OfType<VersionedSide>().Where(side => side.IsLive);
        return [.. sides.Take(IsAlone ? 1 : 2).Select(side => MergedDataset.DefinitionOf(side.Columns))];
    }

    private async Task CheckReferencesAsync(CancellationToken cancellationToken)
    {
        foreach (var dataset in datasets.Values.Where(dataset => !dataset.IsDeleted).ToList())
        {
            Failures.AddRange(
                await DefinitionChecks.FindReferencesAsync(dataset, name => FindAsync(name, cancellationToken))
            );
        }
    }

    /// <summary>Takes in a dataset that the branch does not have: it comes with this definition.</summary>
    public void Restore(MergedDataset dataset, DatasetChange change)
    {
        datasets[dataset.Id] = dataset;
        restated[dataset.Id] = change;
    }

    /// <summary>Takes in a dataset that stays as it is, or says other things of one that is known.</summary>
    public void Know(MergedDataset dataset) => datasets[dataset.Id] = dataset;

    /// <summary>Reads the definitions of datasets of which only records changed.</summary>
    public async Task LoadAsync(IEnumerable<DatasetId> ids, CancellationToken cancellationToken)
    {
        var missing = ids.Where(id => !datasets.ContainsKey(id)).Select(id => id.Value).Distinct().ToList();
        var found = await rows.FindAsync(union, VersionedTable.Dataset, missing, cancellationToken);
        foreach (var (id, row) in found)
        {
            var isDeleted = row.Columns["deleted"]!.GetValue<bool>();
            datasets[new(id)] = MergedDataset.Of(row) with { IsDeleted = isDeleted };
        }
    }

    /// <summary>
    /// Two datasets made independently with one name: one stays, as decided, and the other is deleted; undecided,
    /// nothing is done.
    /// </summary>
    private async Task SettleNamesAsync(
        Dictionary<DatasetId, DivergedRow> last,
        DivergedView view,
        MergeDecisions decisions,
        CancellationToken cancellationToken
    )
    {
        var twins = datasets
            .Values.Where(dataset => !dataset.IsDeleted)
            .GroupBy(dataset => dataset.Name, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .ToList();
        var ids = twins.SelectMany(twin => twin.Select(dataset => dataset.Id.Value)).ToList();
        var digests = await rows.DigestDatasetsAsync(view, ids, cancellationToken);
        foreach (var twin in twins)
        {
            // A side has one live dataset of a name. Who wrote last says nothing: a side may have deleted the other's.
            var fromSource =
                twin.FirstOrDefault(dataset => last[dataset.Id].Source is { IsLive: true }) ?? twin.First();
            var fromTarget = twin.First(dataset => dataset != fromSource);
            var written = new[] { fromSource, fromTarget }.SelectMany(dataset =>
                new[] { $"{dataset.Id}", digests.GetValueOrDefault(dataset.Id.Value, "") }
            );
            var id = ConflictId.Of(ConflictKind.Schema, ["name", twin.Key, .. written]);
            var contract = ConflictOf(id, twin.Key, "");
            if (PairSettler.SideOf(decisions, id, contract) is not { } side)
            {
                Conflicts.Add(new(contract, SettledBy.Nobody));
                continue;
            }

            var gone = (side == MergeSide.Source ? fromTarget : fromSource) with { IsDeleted = true };
            datasets[gone.Id] = gone;
            restated[gone.Id] = SchemaMerger.ChangeOf(gone, (last[gone.Id].Target ?? last[gone.Id].Source)!.Columns);
            Conflicts.Add(new(contract, contract.Resolution is null ? SettledBy.Policy : SettledBy.Decision));
        }
    }

    /// <summary>
    /// Both sides added a column of one name, upper and lower case aside. Neither can go without its values, so a side
    /// renames its own first.
    /// </summary>
    private void FindTwinColumns(MergeDecisions decisions)
    {
        foreach (var dataset in datasets.Values.Where(dataset => !dataset.IsDeleted))
        {
            var twins = dataset
                .Definition.Columns.GroupBy(column => column.Name, StringComparer.OrdinalIgnoreCase)
                .Where(group => group.Count() > 1);
            Conflicts.AddRange(
                twins.Select(twin =>
                {
                    var id = ConflictId.Of(ConflictKind.Schema, "column", dataset.Name, twin.Key);
                    decisions.Refuse(id, $"rename one of the two columns '{twin.Key}' in its branch");
                    return new PlannedConflict(ConflictOf(id, dataset.Name, twin.Key), SettledBy.Nobody);
                })
            );
        }
    }

    private static V1.Conflict ConflictOf(ConflictId id, string dataset, string element) =>
        new()
        {
            ConflictId = id.Value,
            Kind = V1.ConflictKind.Schema,
            Schema = new() { DatasetId = dataset, Element = element },
        };
}

/// <summary>Finds datasets by name in a snapshot.</summary>
internal sealed class DatasetsByName(DivergedRows rows, RecordView view)
{
    public async Task<MergedDataset?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var row = await rows.FindNamedAsync(view, name, cancellationToken);
        return row is null ? null : MergedDataset.Of(row);
    }
}
