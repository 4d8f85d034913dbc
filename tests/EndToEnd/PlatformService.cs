using System.Diagnostics;
using System.Net;
using Dendrite.Fixtures;

namespace Dendrite.EndToEnd;

/// <summary>A service as a process of its own, which can be killed and started again on the same ports.</summary>
public sealed class PlatformService : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3);
    private readonly int httpPort = ServiceProcess.FreePort();
    private readonly ServiceProcess process;

    /// <param name="project">Name of the project, such as <c>IngestService</c>.</param>
    /// <param name="database">Connection string of its own role.</param>
    /// <param name="redis">Connection string.</param>
    /// <param name="assertions">Connection string of the role that runs assertions.</param>
    /// <param name="settings">Further configuration.</param>
    /// <remarks>
    /// Work that a killed service left is taken over after three seconds in place of thirty, unless settings say else.
    /// </remarks>
    public PlatformService(
        string project,
        string database,
        string redis,
        string assertions,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        process = new(
            project,
            new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
            {
                ["Operations__Lease"] = settings?.GetValueOrDefault("Operations__Lease") ?? "00:00:03",
                ["ConnectionStrings__platform"] = database,
                ["ConnectionStrings__redis"] = redis,
                ["ConnectionStrings__assertions"] = assertions,
                ["Kestrel__Endpoints__http__Url"] = $"http://127.0.0.1:{httpPort}",
                ["Kestrel__Endpoints__grpc__Url"] = Address,
                ["Operations__PollInterval"] = "00:00:00.5",
                ["ASPNETCORE_CONTENTROOT"] = AppContext.BaseDirectory,
                ["Kestrel__Endpoints__http__Protocols"] = "Http1",
                ["Kestrel__Endpoints__grpc__Protocols"] = "Http2",
            }
        );
    }

    public int GrpcPort { get; } = ServiceProcess.FreePort();

    public string Address => $"http://127.0.0.1:{GrpcPort}";

    /// <summary>Starts the service, again after a kill, and waits until it takes calls.</summary>
    public async Task StartAsync()
    {
        process.Start();
        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(StartPatience);
        while (true)
        {
            try
            {
                var health = await http.GetAsync($"http://127.0.0.1:{httpPort}/health", patience.Token);
                if (health.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (Exception notYet) when (notYet is HttpRequestException or OperationCanceledException) { }

            Assert.False(patience.IsCancellationRequested, process.Log);
            await Task.Delay(50, CancellationToken.None);
        }
    }

    /// <summary>Of the operating system, while it runs.</summary>
    public int ProcessId => process.ProcessId;

    /// <summary>What it wrote.</summary>
    public string Log => process.Log;

    /// <summary>Sends a signal, such as <c>STOP</c>.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{ProcessId}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Ends it at once: <c>kill -9</c>.</summary>
    public Task KillAsync() => process.KillAsync();

    /// <summary>Asks it to end, and answers its exit code.</summary>
    public Task<int> StopAsync() => process.StopAsync();

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
