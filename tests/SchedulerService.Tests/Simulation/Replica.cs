using Dendrite.Client.Tests;
using Dendrite.SchedulerService.Engine;
using Dendrite.SchedulerService.Runs;
using Dendrite.SchedulerService.Tests.Retention;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.SchedulerService.Tests.Simulation;

/// <summary>
/// A replica of the scheduler with a clock of its own, which stands still while it is dead: no lease is renewed.
/// </summary>
internal sealed class Replica : IAsyncDisposable
{
    private readonly FakeClock clock = new();
    private readonly WebApplication app;

    public Replica(RetentionLab lab, SourcePlan sources)
    {
        app = lab.BuildReplica(
            clock,
            builder =>
            {
                // Before the platform's own, so that it is the one that is found.
                builder.Services.AddSingleton<IJobTask>(new PlannedSource(sources, Mortality));
                builder.AddScheduling();
                RetentionRuns.RemoveTimers(builder.Services);
                builder.Services.AddSingleton(services => new V1.BranchService.BranchServiceClient(
                    services.GetRequiredKeyedService<GrpcChannel>("branch").Intercept(new MortalCalls(Mortality))
                ));
                builder.Services.AddSingleton(new RunRetries(new Random(1)));
            }
        );
    }

    public Mortality Mortality { get; } = new();

    public IServiceProvider Services => app.Services;

    public JobEngine Engine => Services.GetRequiredService<JobEngine>();

    /// <summary>Its clock goes on to an instant.</summary>
    public void Set(DateTimeOffset instant)
    {
        if (instant > clock.GetUtcNow())
            clock.Advance(instant - clock.GetUtcNow());
    }

    /// <summary>Until nothing goes on here, or it died.</summary>
    public Task SettleAsync() => Task.WhenAny(Engine.WhenIdleAsync(), Mortality.Died);

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
