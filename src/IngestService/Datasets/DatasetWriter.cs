using System.Text;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Records;
using Dendrite.Records.Datasets;
using Dendrite.Records.Schema;
using Dendrite.Storage.Records;
using Dendrite.Storage.Requests;
using Dendrite.Versioning;
using Google.Protobuf;

namespace Dendrite.IngestService.Datasets;

/// <summary>A dataset after a change.</summary>
/// <param name="Version">The version that changed it; 0: nothing was changed.</param>
internal sealed record ChangedDataset(Dataset Dataset, long Version);

/// <summary>Makes, changes and removes datasets. Thread-safe.</summary>
internal sealed class DatasetWriter(
    DatasetCatalog catalog,
    DatasetStore store,
    ColumnNumbers numbers,
    DatasetChecks checks,
    RecordCommitter committer
)
{
    /// <exception cref="DendriteException">ALREADY_EXISTS, QUOTA_EXCEEDED, DATASET_NOT_FOUND (of a reference).
    /// </exception>
    public async Task<ChangedDataset> CreateAsync(
        RecordBranch branch,
        DatasetName name,
        DatasetDefinition definition,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var id = await store.AllocateAsync(branch.Project, cancellationToken);
        var change = new DatasetChange(id, checks.NewUid(), name.Dataset, Json(definition));
        return await RunAsync(branch, name, mutation, PlanAsync, cancellationToken);

        async Task<CommitPlan<Dataset?>> PlanAsync(RecordView view)
        {
            if (await catalog.FindAsync(view, name.Dataset, cancellationToken) is not null)
            {
                throw new DendriteException(
                    ErrorReason.AlreadyExists,
                    $"Dataset {name} exists already: choose another id, or change that one."
                );
            }

            await checks.RequireRoomAsync(view, cancellationToken);
            await checks.References.CheckAsync(view, name.Dataset, definition, FieldOf, cancellationToken);
            return new(CommitOf(mutation, $"Create dataset {name.Dataset}", change), null);
        }

        string FieldOf(string constraint) =>
            $"dataset.constraints[{definition.Constraints.ToList().FindIndex(rule => rule.Name == constraint)}]";
    }

    /// <exception cref="DendriteException">DATASET_NOT_FOUND, ETAG_MISMATCH.</exception>
    public Task<ChangedDataset> UpdateAsync(
        RecordBranch branch,
        DatasetName name,
        DatasetUpdate update,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        return RunAsync(branch, name, mutation, PlanAsync, cancellationToken);

        async Task<CommitPlan<Dataset?>> PlanAsync(RecordView view)
        {
            var dataset = await catalog.GetAsync(view, name, cancellationToken);
            DatasetFields.CheckEtag(dataset, update.Fields.Etag);
            var definition = DatasetFields.Apply(dataset.Definition, update.Fields, update.Paths);
            return new(CommitOf(mutation, $"Update dataset {name.Dataset}", Changed(dataset, definition)), null);
        }
    }

    /// <exception cref="DendriteException">
    /// DATASET_NOT_FOUND, ETAG_MISMATCH, INVALID_ARGUMENT; CONSTRAINT_VIOLATED: records that are there break it.
    /// </exception>
    public async Task<ChangedDataset> ChangeSchemaAsync(
        RecordBranch branch,
        DatasetName name,
        SchemaRequest request,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var added = request.Changes.OfType<SchemaChange.AddColumn>().Count();
        var taken = await numbers.TakeAsync(branch.Project, added, cancellationToken);
        if (!request.ValidateOnly)
        {
            return await RunAsync(branch, name, mutation, PlanAsync, cancellationToken);
        }

        await PlanAsync(branch.View);
        var dataset = await catalog.GetAsync(branch.View, name, cancellationToken);
        var outcome = Apply(dataset);
        return new(dataset with { Definition = outcome.Definition }, 0);

        async Task<CommitPlan<Dataset?>> PlanAsync(RecordView view)
        {
            var current = await catalog.GetAsync(view, name, cancellationToken);
            DatasetFields.CheckEtag(current, request.Etag);
            var applied = Apply(current);
            await checks.References.CheckAsync(
                view,
                name.Dataset,
                applied.Definition,
                request.FieldOf,
                cancellationToken
            );
            var entries = await checks.Schema.CheckAsync(view, current, applied, cancellationToken);
            var message = request.Message.Length > 0 ? request.Message : $"Change the schema of {name.Dataset}";
            // Null: the version of this very commit.
            var definition = applied.Definition with
            {
                SchemaVersion = null,
            };
            var change = Changed(current, definition);
            return new(CommitOf(mutation, message, change), null) { OldLookups = entries };
        }

        SchemaOutcome Apply(Dataset current)
        {
            var violations = new Violations();
            var next = 0;
            var outcome = SchemaChanges.Apply(current.Definition, request.Changes, () => taken[next++], violations);
            violations.ThrowIfAny();
            return outcome;
        }
    }

    /// <returns>The version that removed it; 0 where there was none.</returns>
    /// <exception cref="DendriteException">DATASET_NOT_FOUND, ETAG_MISMATCH, CONSTRAINT_VIOLATED.</exception>
    public async Task<long> DeleteAsync(
        RecordBranch branch,
        DatasetName name,
        DatasetDeletion deletion,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        return await committer.OnceAsync(
            branch.Project,
            mutation,
            async () =>
            {
                var done = await committer.RunAsync(branch, (_, view) => PlanAsync(view), cancellationToken);
                return new Done<long>(done.Receipt?.Version.Value ?? 0, done.Receipt is not null)
                {
                    Nothing = RememberedCommit.OfNothing(ByteString.Empty),
                };
            },
            before => Task.FromResult(before.Version.Value),
            cancellationToken
        );

        async Task<CommitPlan<bool>> PlanAsync(RecordView view)
        {
            var dataset = deletion.AllowMissing
                ? await catalog.FindAsync(view, name.Dataset, cancellationToken)
                : await catalog.GetAsync(view, name, cancellationToken);
            if (dataset is null)
            {
                return new(null, false);
            }

            DatasetFields.CheckEtag(dataset, deletion.Etag);
            await checks.References.ThrowIfReferredToAsync(view, dataset, cancellationToken);
            var change = Changed(dataset, dataset.Definition) with { Deleted = true };
            return new(CommitOf(mutation, $"Delete dataset {name.Dataset}", change), true);
        }
    }

    private async Task<ChangedDataset> RunAsync(
        RecordBranch branch,
        DatasetName name,
        Mutation mutation,
        Func<RecordView, Task<CommitPlan<Dataset?>>> plan,
        CancellationToken cancellationToken
    ) =>
        await committer.OnceAsync(
            branch.Project,
            mutation,
            async () =>
            {
                var done = await committer.RunAsync(branch, (_, view) => plan(view), cancellationToken);
                var changed = await ReadAsync(branch, name, done.Receipt!.Version, cancellationToken);
                return new Done<ChangedDataset>(changed, IsCommitted: true);
            },
            before => ReadAsync(branch, name, before.Version, cancellationToken),
            cancellationToken
        );

    // What the branch saw right after the commit, whatever has happened since.
    private async Task<ChangedDataset> ReadAsync(
        RecordBranch branch,
        DatasetName name,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        var state = await checks.StateAtAsync(branch, version, cancellationToken);
        return new(await catalog.GetAsync(new(branch.Project, state), name, cancellationToken), version.Value);
    }

    private static RecordCommit CommitOf(Mutation mutation, string message, DatasetChange change) =>
        new(mutation.Actor, message) { Datasets = [change], Request = mutation };

    private static DatasetChange Changed(Dataset dataset, DatasetDefinition definition) =>
        new(
            dataset.Id,
            dataset.Stored.Uid,
            dataset.Name,
            Json(
                definition.HasSchemaOf(dataset.Definition)
                    ? definition with
                    {
                        SchemaVersion = dataset.Definition.SchemaVersion ?? dataset.Stored.Version.Value,
                    }
                    : definition
            )
        )
        {
            CreateVersion = dataset.Stored.CreateVersion,
        };

    private static byte[] Json(DatasetDefinition definition) =>
        Encoding.UTF8.GetBytes(DefinitionJson.Write(definition));
}
