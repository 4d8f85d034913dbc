using Dendrite.Fixtures.Hosting;
using Dendrite.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.ServiceDefaults.Tests;

internal static class TestServices
{
    /// <summary>Starts a service as services are, around the scripted one.</summary>
    public static Task<RunningService> StartAsync(
        ScriptedScheduler scheduler,
        IReadOnlyDictionary<string, string?>? settings = null
    ) =>
        RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(scheduler);
            },
            app =>
            {
                app.MapDefaultEndpoints();
                app.MapGrpcService<ScriptedScheduler>();
            },
            settings
        );

    public static GrpcChannel Channel(this RunningService service) => GrpcChannel.ForAddress(service.Grpc);

    public static SchedulerService.SchedulerServiceClient Client(this GrpcChannel channel) => new(channel);

    /// <summary>Bounds a wait: a test that would hang fails instead.</summary>
    public static Task<T> Bounded<T>(this Task<T> task) =>
        task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    public static Task Bounded(this Task task) =>
        task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
}
