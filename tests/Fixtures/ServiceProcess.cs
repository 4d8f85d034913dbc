using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Dendrite.Fixtures;

/// <summary>
/// A program of the platform as a process of its own, as it is built into <c>artifacts/bin</c>: it can be killed as a
/// crash would and started again on the same ports. It never outlives the tests.
/// </summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);
    private readonly string library;
    private readonly IReadOnlyDictionary<string, string> environment;
    private readonly ConcurrentQueue<string> log = new();
    private Process? process;

    /// <param name="project">Name of the project, such as <c>IngestService</c>.</param>
    /// <param name="environment">Its configuration.</param>
    public ServiceProcess(string project, IReadOnlyDictionary<string, string> environment)
        : this(project, $"Dendrite.{project}", environment) { }

    /// <param name="project">Name of the project, such as <c>Cli</c>.</param>
    /// <param name="assembly">What it is built into, such as <c>dendrite</c>.</param>
    /// <param name="environment">Its configuration.</param>
    public ServiceProcess(string project, string assembly, IReadOnlyDictionary<string, string> environment)
    {
        // …/artifacts/bin/EndToEnd/debug/ → …/artifacts/bin/{project}/debug/Dendrite.{project}.dll
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        library = Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, $"{assembly}.dll");
        this.environment = environment;
    }

    /// <summary>Of the operating system, while it runs.</summary>
    public int ProcessId => process!.Id;

    /// <summary>What it wrote, for messages of failing tests.</summary>
    public string Log => string.Join('\n', log);

    /// <summary>A port that nobody listens on at this moment.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>What it is started with.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    /// <summary>Whether it was started and has ended.</summary>
    public bool HasEnded => process is { HasExited: true };

    public void Start()
    {
        // Variables go through env: the process is started by a thread that serves all, with one environment.
        var variables = environment.Select(variable => $"{variable.Key}={variable.Value}");
        process = ChildProcesses.Start(
            "/usr/bin/env",
            [.. variables, "dotnet", library, .. Arguments],
            user: null,
            "KILL"
        );
        process.OutputDataReceived += (_, line) => log.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => log.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        Start();
        await process!.WaitForExitAsync(cancellation);
        return process.ExitCode;
    }

    /// <summary>Ends it at once: <c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        if (process is { HasExited: false })
        {
            process.Kill();
            await process.WaitForExitAsync().WaitAsync(StopPatience);
        }
    }

    /// <summary>Asks it to end, as an orchestrator does (SIGTERM), and waits until it has.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process!.Id}"]);
        await process.WaitForExitAsync().WaitAsync(StopPatience);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process?.Dispose();
    }
}
