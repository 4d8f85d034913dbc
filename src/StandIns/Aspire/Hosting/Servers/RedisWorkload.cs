using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;

namespace Aspire.Hosting.Servers;

/// <summary>A Redis or Valkey server on loopback that asks for a password.</summary>
internal sealed class RedisWorkload(RedisResource resource, Store store, PortAllocation ports) : IWorkload
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    private string password = string.Empty;

    public string Name => resource.Name;

    public bool IsChecked => true;

    public bool Restarts => true;

    public TimeSpan StopLimit => TimeSpan.FromSeconds(10);

    private int Port => resource.PrimaryEndpoint.Port;

    public async Task<LaunchPlan> PrepareAsync(CancellationToken cancellationToken)
    {
        var program =
            Programs.FindOnPath("redis-server")
            ?? Programs.FindOnPath("valkey-server")
            ?? throw new DistributedApplicationException(
                "Redis (or Valkey) is not installed. Install it with: "
                    + SystemPackages.InstallCommand(
                        "redis-server",
                        "valkey",
                        OperatingSystem.IsMacOS() ? "redis" : "valkey"
                    )
            );
        var kept = resource.TryGetLastAnnotation<DataVolumeAnnotation>(out _);
        var folder = store.FolderFor(resource.Name, kept, user: null);
        password = (await resource.PasswordParameter!.GetValueAsync(cancellationToken))!;
        // By file, not by argument: other users see the arguments of a process.
        var settings = Path.Combine(folder, "redis.conf");
        PrivateFile.Write(settings, Settings(folder, kept));
        ports.Release(Port);
        return new LaunchPlan(program, [settings], folder);
    }

    public async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ProbeLimit);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("localhost", Port, limit.Token);
            await using var stream = client.GetStream();
            await stream.WriteAsync(Encoding.UTF8.GetBytes($"AUTH {password}\r\nPING\r\n"), limit.Token);
            using var reader = new StreamReader(stream);
            var accepted = await reader.ReadLineAsync(limit.Token);
            var answer = accepted == "+OK" ? await reader.ReadLineAsync(limit.Token) : accepted;
            return answer == "+PONG" ? null : answer ?? "closed the connection";
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"does not answer within {ProbeLimit.TotalSeconds:0} s";
        }
    }

    public Task OnHealthyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // "-::1" means: the IPv6 loopback too, where there is one. A snapshot a minute after a change, as the official
    // package asks for with a data volume, or none at all.
    private string Settings(string folder, bool kept) =>
        $"""
            port {Port}
            bind 127.0.0.1 -::1
            requirepass {password}
            dir "{folder}"
            save {(kept ? "60 1" : "\"\"")}
            stop-writes-on-bgsave-error no
            appendonly no
            daemonize no
            """;
}
