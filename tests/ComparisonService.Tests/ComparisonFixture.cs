using Dendrite.Access;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.ServiceDefaults;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Dendrite.Storage.Projects;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Dendrite.ComparisonService.Tests;

/// <summary>
/// The Comparison service on a real Kestrel, as its own role on a database of its own, with the project <c>lab</c>.
/// Ending it fails where an error was logged.
/// </summary>
public sealed class ComparisonFixture : IAsyncLifetime
{
    private readonly TestDatabase database = new();
    private RunningService? service;
    private GrpcChannel? channel;

    public V1.ComparisonService.ComparisonServiceClient Comparison => new(channel);

    /// <summary>The metadata of a key that reaches <c>lab</c> only.</summary>
    public Metadata Key { get; private set; } = [];

    /// <summary>Writes behind the service's back, as Branch and Ingest do.</summary>
    public Recorder Recorder { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var projects = new ProjectStore(new(database.Branch));
        var project = await projects.CreateAsync(new("lab", NewUid(1), NewUid(2)), "tests", CancellationToken.None);
        Recorder = new(project, new(database.Branch), new(database.Ingest));
        Key = await AddKeyAsync(project);
        // Nobody is there: every call must do without Redis.
        var redis = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{RedisServer.FreePort()},abortConnect=false,connectRetry=1"
        );
        service = await RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(database.Comparison);
                builder.Services.AddSingleton<IConnectionMultiplexer>(redis);
                builder.Services.AddSingleton<HotCache>();
                builder.AddAccess();
                builder.AddComparison();
            },
            app =>
            {
                app.MapDefaultEndpoints();
                app.MapComparison();
            }
        );
        channel = GrpcChannel.ForAddress(service.Grpc);
    }

    public async ValueTask DisposeAsync()
    {
        channel?.Dispose();
        if (service is not null)
        {
            await service.DisposeAsync();
        }

        await database.DisposeAsync();
    }

    internal static Guid NewUid(int number) => new(number, 0, 0, new byte[8]);

    private async Task<Metadata> AddKeyAsync(ProjectId project)
    {
        var key = ApiKey.Generate();
        var record = new ApiKeyRecord(key.Id, key.HashSecret(), project, null, "a test", [], null, null);
        await new ApiKeyStore(database.Owner).PutAsync(record, CancellationToken.None);
        return new() { { "authorization", $"Bearer {key.Reveal()}" } };
    }
}
