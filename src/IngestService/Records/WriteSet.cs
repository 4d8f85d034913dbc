using Dendrite.IngestService.Datasets;
using Dendrite.Storage.Records;

namespace Dendrite.IngestService.Records;

/// <summary>The writes of one commit to one dataset, each key once.</summary>
internal sealed class DatasetWriteSet(Dataset dataset)
{
    private readonly Dictionary<ReadOnlyMemory<byte>, PlannedWrite> byKey = new(KeyComparer.Instance);

    public Dataset Dataset { get; } = dataset;

    public IReadOnlyCollection<PlannedWrite> Writes => byKey.Values;

    /// <summary>Makes room for so many.</summary>
    public void Expect(int count) => byKey.EnsureCapacity(count);

    /// <summary>False where the key is written already.</summary>
    public bool TryAdd(PlannedWrite write) => byKey.TryAdd(write.Key, write);

    public PlannedWrite? Find(ReadOnlyMemory<byte> key) => byKey.GetValueOrDefault(key);

    public void Remove(PlannedWrite write) => byKey.Remove(write.Key);
}

/// <summary>The writes of one commit, by dataset.</summary>
internal sealed class WriteSet
{
    private readonly Dictionary<DatasetId, DatasetWriteSet> sets = [];

    public IReadOnlyCollection<DatasetWriteSet> Datasets => sets.Values;

    public IEnumerable<PlannedWrite> Writes => sets.Values.SelectMany(set => set.Writes);

    public int Count => sets.Values.Sum(set => set.Writes.Count);

    public DatasetWriteSet Of(Dataset dataset)
    {
        if (!sets.TryGetValue(dataset.Id, out var set))
        {
            set = new(dataset);
            sets.Add(dataset.Id, set);
        }

        return set;
    }

    public DatasetWriteSet? Find(DatasetId dataset) => sets.GetValueOrDefault(dataset);
}
