using Dendrite.Fixtures.Postgres;

namespace Dendrite.Benchmarks.Measuring;

/// <summary>PostgreSQL as the AppHost runs it, flushing every commit to disk: what all benchmarks measure on.</summary>
internal static class MeasuredServer
{
    public static Task<PostgresServer> StartAsync() =>
        PostgresServer.StartAsync(durable: true, ["shared_buffers=512MB", "wal_buffers=64MB"]);
}
