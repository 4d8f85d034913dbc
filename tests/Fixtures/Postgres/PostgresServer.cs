using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Dendrite.Fixtures.Postgres;

/// <summary>
/// A PostgreSQL server of this test process: a data directory under the temporary folder, a free port on loopback.
/// Started at first use, stopped when the process ends; a killed process takes it along (see <see
/// cref="ChildProcesses"/>).
/// </summary>
/// <remarks>Nothing is flushed to disk (<c>fsync=off</c>): tests that need durability start their own with
/// <see cref="StartAsync"/>.</remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> SharedServer = new(StartSharedAsync);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly string directory;
    private readonly string[] arguments;
    private readonly string? user;
    private readonly StringBuilder log = new();
    private Process process;

    private PostgresServer(string directory, int port, string[] arguments, string? user)
    {
        this.directory = directory;
        this.arguments = arguments;
        this.user = user;
        Port = port;
        process = Launch();
    }

    public int Port { get; }

    /// <summary>Of the process whose children serve the connections.</summary>
    public int ProcessId => process.Id;

    /// <summary>What the server logged, for messages of failing tests.</summary>
    public string Log
    {
        get
        {
            lock (log)
            {
                return log.ToString();
            }
        }
    }

    /// <summary>The server that all tests of this process share.</summary>
    public static Task<PostgresServer> SharedAsync() => SharedServer.Value;

    /// <summary>Starts a server of one's own.</summary>
    /// <param name="durable">Whether commits are flushed to disk as in production.</param>
    /// <param name="settings">More settings, such as <c>max_wal_size=4GB</c>; they win over the others.</param>
    public static async Task<PostgresServer> StartAsync(bool durable, IReadOnlyList<string>? settings = null)
    {
        var home = Directory.CreateTempSubdirectory("dendrite-postgres-").FullName;
        var user = await GiveToServerUserAsync(home);
        var data = Path.Combine(home, "data");
        await InitialiseAsync(data, user);
        var port = FreePort();
        string[] arguments =
        [
            .. new[] { "-D", data, "-p", $"{port}", "-h", "127.0.0.1", "-k", "", "-c", "max_connections=200" },
            .. new[] { "-c", "shared_buffers=128MB", "-c", "log_min_messages=warning", "-c", "autovacuum_naptime=10s" },
            .. durable ? [] : new[] { "-F", "-c", "synchronous_commit=off", "-c", "full_page_writes=off" },
            .. (settings ?? []).SelectMany(setting => new[] { "-c", setting }),
        ];
        var server = new PostgresServer(home, port, arguments, user);
        await server.WaitUntilItAnswersAsync();
        return server;
    }

    /// <summary>
    /// Ends the postmaster at once (<c>kill -9</c>); its backends find out and end. What was not flushed is lost.
    /// </summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Starts it again on the same data and port, and waits until it has recovered.</summary>
    public async Task StartAgainAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        while (true)
        {
            process.Dispose();
            process = Launch();
            try
            {
                await WaitUntilItAnswersAsync();
                return;
            }
            catch (InvalidOperationException) when (!limit.IsCancellationRequested)
            {
                // A backend of the killed server still holds its shared memory; it ends when it next looks up.
                await Task.Delay(100, limit.Token);
            }
        }
    }

    /// <summary>
    /// Ends one backend of a role at once (<c>kill -9</c>): the server ends all others and recovers by itself.
    /// </summary>
    /// <returns>False when the role has none.</returns>
    public async Task<bool> KillBackendAsync(string role, int which)
    {
        var plain = new NpgsqlConnectionStringBuilder(ConnectionString("postgres")) { Pooling = false };
        await using var connection = new NpgsqlConnection(plain.ConnectionString);
        await connection.OpenAsync();
        await using var backends = new NpgsqlCommand(
            "SELECT array_agg(pid ORDER BY pid) FROM pg_stat_activity WHERE usename = $1",
            connection
        );
        backends.Parameters.Add(new() { Value = role });
        if (await backends.ExecuteScalarAsync() is not int[] pids)
        {
            return false;
        }

        using var kill = Process.Start("kill", ["-KILL", $"{pids[which % pids.Length]}"]);
        await kill.WaitForExitAsync();
        return true;
    }

    /// <summary>Waits until it takes connections.</summary>
    public Task RecoveredAsync() => WaitUntilItAnswersAsync();

    /// <summary>The connection string of the superuser, or of another role.</summary>
    public string ConnectionString(string database, string role = "postgres", string? password = null) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Database = database,
            Username = role,
            Password = password,
            MaxPoolSize = 30,
            ConnectionIdleLifetime = 5,
            ConnectionPruningInterval = 1,
        }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var stop = Process.Start("kill", ["-INT", $"{process.Id}"]);
            await stop.WaitForExitAsync();
            await process.WaitForExitAsync();
        }

        process.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private Process Launch()
    {
        // SIGINT is PostgreSQL's fast shutdown.
        var started = ChildProcesses.Start(PostgresBinaries.Path("postgres"), arguments, user, "INT");
        started.OutputDataReceived += (_, line) => Append(line.Data);
        started.ErrorDataReceived += (_, line) => Append(line.Data);
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return started;
    }

    private static async Task<PostgresServer> StartSharedAsync()
    {
        var server = await StartAsync(durable: false);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.StopNow();
        return server;
    }

    /// <summary>
    /// Nobody misses the data, so nothing is written out: SIGQUIT is PostgreSQL's immediate shutdown. The databases of
    /// hundreds of tests are some hundred thousand files, and a test process has ten seconds to end: who deletes them
    /// outlives it.
    /// </summary>
    private void StopNow()
    {
        const string StopAndDelete = """
            exec </dev/null >/dev/null 2>&1
            kill -QUIT "$1"
            while kill -0 "$1"; do sleep 0.1; done
            rm -rf -- "$2"
            """;
        using var stop = Process.Start("/bin/sh", ["-c", StopAndDelete, "sh", $"{process.Id}", directory]);
    }

    /// <summary>PostgreSQL refuses to run as root; the directory then belongs to a user it may run as.</summary>
    private static async Task<string?> GiveToServerUserAsync(string home)
    {
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows())
        {
            return null;
        }

        foreach (var user in new[] { "postgres", "nobody" })
        {
            using var chown = Process.Start("chown", [user, home]);
            await chown.WaitForExitAsync();
            if (chown.ExitCode == 0)
            {
                return user;
            }
        }

        throw new InvalidOperationException(
            "Running as root, and there is no user 'postgres' or 'nobody' to run PostgreSQL."
        );
    }

    private static async Task InitialiseAsync(string data, string? user)
    {
        string[] arguments =
        [
            .. new[] { "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync" },
            .. new[] { "--auth-host=trust", "--auth-local=reject", "--no-instructions" },
        ];
        using var initdb = ChildProcesses.Start(PostgresBinaries.Path("initdb"), arguments, user, "KILL");
        var output = initdb.StandardOutput.ReadToEndAsync();
        var errors = await initdb.StandardError.ReadToEndAsync();
        await initdb.WaitForExitAsync();
        if (initdb.ExitCode != 0)
        {
            throw new InvalidOperationException($"initdb failed: {errors}{await output}");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task WaitUntilItAnswersAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        while (true)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"PostgreSQL ended at its start: {Log}");
            }

            try
            {
                // Not from a pool: its connections may be of a server that was killed.
                var plain = new NpgsqlConnectionStringBuilder(ConnectionString("postgres")) { Pooling = false };
                await using var connection = new NpgsqlConnection(plain.ConnectionString);
                await connection.OpenAsync(limit.Token);
                return;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(50, limit.Token);
            }
        }
    }

    private void Append(string? line)
    {
        lock (log)
        {
            log.AppendLine(line);
        }
    }
}
