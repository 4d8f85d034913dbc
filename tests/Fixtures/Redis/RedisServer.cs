using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dendrite.Fixtures.Redis;

/// <summary>
/// An installed Redis (or Valkey) on a free loopback port, keeping nothing on disk. It can be killed and started again
/// on the same port.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const int StartAttempts = 5;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(20);

    private readonly string program;
    private readonly string? password;
    private readonly StringBuilder log = new();
    private Process? process;

    private RedisServer(string program, int port, string? password)
    {
        this.program = program;
        this.password = password;
        Port = port;
    }

    public int Port { get; }

    /// <summary>For <c>ConnectionMultiplexer</c>.</summary>
    public string ConnectionString => password is null ? $"127.0.0.1:{Port}" : $"127.0.0.1:{Port},password={password}";

    /// <exception cref="InvalidOperationException">No Redis is installed, or it does not start.</exception>
    public static async Task<RedisServer> StartAsync(string? password = null)
    {
        var installed = FindInstalled();
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServer(installed, FreePort(), password);
            try
            {
                await server.StartAgainAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < StartAttempts)
            {
                // Another process took the port between the look and the start.
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>Starts it, empty, on the port that it had.</summary>
    public async Task StartAgainAsync()
    {
        List<string> arguments =
        [
            "--port",
            $"{Port}",
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            Path.GetTempPath(),
        ];
        if (password is not null)
            arguments.AddRange(["--requirepass", password]);
        process = ChildProcesses.Start(program, arguments, user: null, "KILL");
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        using var patience = new CancellationTokenSource(StartPatience);
        while (!await AnswersAsync(patience.Token))
        {
            if (process.HasExited)
                throw new InvalidOperationException($"Redis ended at once:\n{log}");
            await Task.Delay(ProbeInterval, patience.Token);
        }
    }

    /// <summary>Ends it at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        if (process is null)
            return;
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync().WaitAsync(StopPatience);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process?.Dispose();
        process = null;
    }

    /// <summary>A port that nobody listens on at this moment.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static string FindInstalled() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .SelectMany(folder => new[] { "redis-server", "valkey-server" }.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException(
            "No Redis server is installed (redis-server was not found): apt-get install redis-server."
        );

    private void Keep(string? line)
    {
        lock (log)
            log.AppendLine(line);
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            await client.GetStream().WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
            var answer = new byte[64];
            var length = await client.GetStream().ReadAsync(answer, cancellationToken);
            var text = Encoding.ASCII.GetString(answer, 0, length);
            return text.StartsWith("+PONG", StringComparison.Ordinal)
                || text.StartsWith("-NOAUTH", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return false;
        }
    }
}
