using Dendrite.Fixtures.Redis;
using StackExchange.Redis;

[assembly: AssemblyFixture(typeof(Dendrite.StandIns.Redis.Tests.SharedRedis))]

namespace Dendrite.StandIns.Redis.Tests;

/// <summary>One server for the tests that do not harm it; each uses keys of its own.</summary>
public sealed class SharedRedis : IAsyncLifetime
{
    private RedisServer? server;
    private ConnectionMultiplexer? multiplexer;

    public RedisServer Server => server!;

    public ConnectionMultiplexer Multiplexer => multiplexer!;

    public IDatabase Database => Multiplexer.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        server = await RedisServer.StartAsync();
        multiplexer = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        if (multiplexer is not null)
            await multiplexer.DisposeAsync();
        if (server is not null)
            await server.DisposeAsync();
    }
}
