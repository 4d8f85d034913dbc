using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.ServiceDefaults;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.ServiceDefaults.Draining;
using Dendrite.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Dendrite.Access.Tests;

/// <summary>
/// A service that asks for keys, without Redis: what that adds is tested elsewhere, and without it each look at a key
/// sees how it is.
/// </summary>
internal sealed class KeyedService : IAsyncDisposable
{
    public const string Waits = "waits";
    public const string StopsInSilence = "stops in silence";
    public const string WritesOn = "writes on";

    private readonly RunningService service;
    private readonly ConnectionMultiplexer redis;
    private readonly GrpcChannel channel;

    private KeyedService(RunningService service, ConnectionMultiplexer redis)
    {
        (this.service, this.redis) = (service, redis);
        channel = GrpcChannel.ForAddress(service.Grpc);
    }

    public SchedulerService.SchedulerServiceClient Client => new(channel);

    public OperationService.OperationServiceClient Operations => new(channel);

    /// <summary>Calls whose handler has not ended.</summary>
    public int OpenCalls => service.App.Services.GetRequiredService<DrainState>().OpenCalls;

    public Uri Grpc => service.Grpc;

    public static async Task<KeyedService> StartAsync(
        TestDatabase database,
        IReadOnlyDictionary<string, string?>? settings = null,
        string environment = "Production"
    )
    {
        var redis = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{RedisServer.FreePort()},abortConnect=false,connectRetry=1"
        );
        var service = await RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(database.Branch);
                builder.Services.AddSingleton<IConnectionMultiplexer>(redis);
                builder.Services.AddSingleton<HotCache>();
                builder.AddAccess();
            },
            app =>
            {
                app.MapDefaultEndpoints();
                app.MapGrpcService<WhoAmI>();
                app.MapGrpcService<NeverDone>();
            },
            settings,
            environment
        );
        return new(service, redis);
    }

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        await service.DisposeAsync();
        await redis.DisposeAsync();
    }

    /// <summary>Says whose key it was called with; a log says it once, and then does as the run is named.</summary>
    private sealed class WhoAmI : SchedulerService.SchedulerServiceBase
    {
        public override async Task ReadRunLog(
            ReadRunLogRequest request,
            IServerStreamWriter<ReadRunLogResponse> responseStream,
            ServerCallContext context
        )
        {
            var line = new RunLogLine { Message = context.GetCaller().KeyId };
            await responseStream.WriteAsync(new() { Lines = { line } }, context.CancellationToken);
            switch (request.Name)
            {
                case KeyedService.Waits:
                    await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
                    break;
                case KeyedService.StopsInSilence:
                    await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    break;
                case KeyedService.WritesOn:
                    // As those do that never look at the token.
                    line = new() { Message = new string('x', 1 << 20) };
                    while (true)
                    {
                        await responseStream.WriteAsync(new() { Lines = { line } }, context.CancellationToken);
                    }
            }
        }

        public override Task<GetJobResponse> GetJob(GetJobRequest request, ServerCallContext context) =>
            Task.FromResult(new GetJobResponse { Job = new Job { Name = context.GetCaller().KeyId } });
    }

    /// <summary>An operation that is waited for as long as the call goes on.</summary>
    private sealed class NeverDone : OperationService.OperationServiceBase
    {
        public override async Task<WaitOperationResponse> WaitOperation(
            WaitOperationRequest request,
            ServerCallContext context
        )
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
            return new();
        }
    }
}
