using Dendrite.Storage.Operations;
using Dendrite.Storage.Requests;

namespace Dendrite.ComparisonService.Operations;

/// <summary>What long work consists of. Tasks are added beside it, as <see cref="IOperationTask"/>.</summary>
internal static class OperationHost
{
    public static void AddOperations(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<OperationOptions>()
            .Bind(builder.Configuration.GetSection(OperationOptions.Section))
            .Validate(
                options => options.IsValid,
                "Operations: times and counts must be positive, and Keep at least 7 days."
            )
            .ValidateOnStart();
        builder.Services.AddSingleton<IdempotencyStore>();
        builder.Services.AddSingleton<OperationStore>();
        builder.Services.AddSingleton<OperationLeaseStore>();
        builder.Services.AddSingleton<OperationSignals>();
        builder.Services.AddSingleton<OperationStarter>();
        builder.Services.AddHostedService<OperationWorker>();
    }

    public static void MapOperations(this WebApplication app) => app.MapGrpcService<OperationRpc>();
}
