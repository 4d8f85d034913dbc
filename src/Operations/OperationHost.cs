using Dendrite.Storage.Operations;
using Dendrite.Storage.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dendrite.Operations;

/// <summary>
/// What long work consists of, in any service. Tasks are added beside it, as <see cref="IOperationTask"/>: a service
/// works only on operations whose methods have one in it.
/// </summary>
public static class OperationHost
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
        builder.Services.TryAddSingleton<IdempotencyStore>();
        builder.Services.AddSingleton<OperationStore>();
        builder.Services.AddSingleton<OperationLeaseStore>();
        builder.Services.AddSingleton<OperationSignals>();
        builder.Services.AddSingleton<OperationStarter>();
        builder.Services.AddHostedService<OperationWorker>();
    }

    /// <summary>Serves <c>OperationService</c> for the operations of all services: one of them does.</summary>
    public static void MapOperations(this WebApplication app) => app.MapGrpcService<OperationRpc>();
}
