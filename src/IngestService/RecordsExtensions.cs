using Dendrite.IngestService.Datasets;
using Dendrite.IngestService.Records;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Records;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;

namespace Dendrite.IngestService;

/// <summary>Datasets and records, beside the signals of <see cref="SignalsExtensions"/>.</summary>
public static class RecordsExtensions
{
    public static void AddRecords(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<DatasetStore>();
        services.AddSingleton<RecordReader>();
        services.AddSingleton<RecordWriter>();
        services.AddSingleton<RecordLookups>();
        services.AddSingleton<ColumnNumbers>();
        services.AddSingleton<CommitTimes>();
        services.AddSingleton<IdempotencyStore>();

        services.AddSingleton<RememberedHeads>();
        services.AddSingleton<RecordBranches>();
        services.AddSingleton<RecordCommitter>();
        services.AddSingleton<DoneRequests>();
        services.AddSingleton<DatasetCatalog>();
        services.AddSingleton<DatasetChecks>();
        services.AddSingleton<DatasetWriter>();
        services.AddSingleton<ReferenceTargets>();
        services.AddSingleton<SchemaCheck>();
        services.AddSingleton<ConstraintCheck>();
        services.AddSingleton<UniquenessCheck>();
        services.AddSingleton<ReferenceCheck>();
        services.AddSingleton<RecordPlanner>();
        services.AddSingleton<RecordMutator>();
        services.AddSingleton<RecordQueries>();
        services.AddSingleton<RecordLoads>();
    }

    public static void MapRecords(this WebApplication app)
    {
        app.MapGrpcService<DatasetRpc>();
        app.MapGrpcService<RecordRpc>();
    }
}
