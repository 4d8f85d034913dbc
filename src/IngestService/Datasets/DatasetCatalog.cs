using System.Collections.Concurrent;
using System.Text;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Records.Datasets;
using Dendrite.Storage;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Datasets;

/// <summary>A dataset as a snapshot sees it.</summary>
internal sealed record Dataset(DatasetRecord Stored, DatasetDefinition Definition)
{
    public DatasetId Id => Stored.Id;

    public string Name => Stored.Name;
}

/// <summary>Finds datasets with their definitions. Thread-safe.</summary>
internal sealed class DatasetCatalog(DatasetStore store)
{
    /// <summary>Most datasets that a branch may have: a delete looks at all of them for references.</summary>
    public const int MaxDatasets = 1_000;

    /// <summary>Definitions that are kept read; when there are more, all are read again, which costs little.</summary>
    private const int MaxKept = 2_000;

    // A version of a dataset never changes, so what was read once stays true.
    private readonly ConcurrentDictionary<(ProjectId, DatasetId, long), DatasetDefinition> read = new();

    // Nor does what a line shows as of one of its versions, so a dataset that was found there once is there.
    private readonly ConcurrentDictionary<(ProjectId, TimelineId, CommitVersion, string), Dataset> found = new();

    // The version that a line is at, and the one whose datasets it shows: commits of records change none.
    private readonly ConcurrentDictionary<(ProjectId, TimelineId), (CommitVersion At, CommitVersion As)> unchanged =
        new();

    /// <summary>As <see cref="FindAsync"/>.</summary>
    /// <exception cref="DendriteException">DATASET_NOT_FOUND.</exception>
    public async Task<Dataset> GetAsync(RecordView view, DatasetName name, CancellationToken cancellationToken) =>
        await FindAsync(view, name.Dataset, cancellationToken)
        ?? throw new DendriteException(
            ErrorReason.DatasetNotFound,
            $"{name} does not exist there; list the branch's datasets for those that do."
        )
        {
            Metadata = new Dictionary<string, string> { ["dataset"] = name.Dataset },
        };

    /// <summary>
    /// One round trip; none for one that was found at the same version of the branch before, or at one that only
    /// commits of records followed (<see cref="Committed"/>).
    /// </summary>
    public async Task<Dataset?> FindAsync(RecordView view, string name, CancellationToken cancellationToken)
    {
        if (view.State is not { } state)
        {
            return await store.FindAsync(view, name, cancellationToken) is { } stored ? Of(view, stored) : null;
        }

        var isUnchanged =
            unchanged.TryGetValue((view.Project, state.Timeline), out var line) && line.At == state.Version;
        var place = (view.Project, state.Timeline, isUnchanged ? line.As : state.Version, name);
        if (found.TryGetValue(place, out var known))
        {
            return known;
        }

        if (await store.FindAsync(view, name, cancellationToken) is not { } read)
        {
            return null;
        }

        if (found.Count >= MaxKept)
        {
            found.Clear();
        }

        return found[place] = Of(view, read);
    }

    /// <summary>Takes in that a commit of records, which changes no dataset, followed a state.</summary>
    /// <param name="before">What it followed, and nothing between.</param>
    public void Committed(ProjectId project, BranchSnapshot before, CommitVersion version)
    {
        if (unchanged.Count >= MaxKept)
        {
            unchanged.Clear();
        }

        unchanged.AddOrUpdate(
            (project, before.Timeline),
            _ => (version, before.Version),
            (_, line) => (version, line.At == before.Version ? line.As : before.Version)
        );
    }

    /// <summary>The datasets of a snapshot, by name. One round trip.</summary>
    public async Task<IReadOnlyList<Dataset>> ListAsync(
        RecordView view,
        string after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var found = await store.ListAsync(view, after, limit, cancellationToken);
        return [.. found.Select(stored => Of(view, stored))];
    }

    private Dataset Of(RecordView view, DatasetRecord stored)
    {
        if (read.Count > MaxKept)
        {
            read.Clear();
        }

        var definition = read.GetOrAdd(
            (view.Project, stored.Id, stored.Version.Value),
            _ => DefinitionJson.Read(Encoding.UTF8.GetString(stored.Definition.Span))
        );
        return new(stored, definition);
    }
}
