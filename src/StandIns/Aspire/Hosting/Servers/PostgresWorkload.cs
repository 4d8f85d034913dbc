using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;
using Npgsql;

namespace Aspire.Hosting.Servers;

/// <summary>
/// A PostgreSQL server on a data directory of its own, reachable over loopback TCP with a password only.
/// </summary>
internal sealed class PostgresWorkload(
    PostgresServerResource resource,
    IReadOnlyList<string> databases,
    Store store,
    ProcessLauncher launcher,
    PortAllocation ports
) : IWorkload
{
    private readonly UnixUser? user = UnixUser.ForServers();
    private PostgresData? data;
    private string password = string.Empty;
    private string userName = string.Empty;

    public string Name => resource.Name;

    public bool IsChecked => true;

    public bool Restarts => true;

    /// <summary>A fast shutdown writes a checkpoint, which takes as long as the disk needs.</summary>
    public TimeSpan StopLimit => TimeSpan.FromSeconds(25);

    private int Port => resource.PrimaryEndpoint.Port;

    public async Task<LaunchPlan> PrepareAsync(CancellationToken cancellationToken)
    {
        var kept = resource.TryGetLastAnnotation<DataVolumeAnnotation>(out _);
        data ??= new PostgresData(store.FolderFor(resource.Name, kept, user), user);
        var postgres = PostgresInstallation.Find(data.Version);
        userName = (await resource.UserNameReference.GetValueAsync(cancellationToken))!;
        password = (await resource.PasswordParameter.GetValueAsync(cancellationToken))!;
        if (data.Version is null)
        {
            await data.CreateAsync(postgres, userName, password, launcher);
        }
        else if (data.Version != postgres.Version)
        {
            throw new DistributedApplicationException(
                $"The data in {data.Path} was written by PostgreSQL {data.Version}, "
                    + $"and only {postgres.Version} is installed: "
                    + $"install PostgreSQL {data.Version}, or remove that folder to begin with empty data"
            );
        }

        await data.ReclaimAsync(TimeProvider.System, cancellationToken);
        ports.Release(Port);
        return new LaunchPlan(postgres.Program("postgres"), Arguments(data.Path), data.Path)
        {
            User = user,
            StopSignal = UnixSignal.Int,
            OrphanSignal = UnixSignal.Int,
        };
    }

    public async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(AdminConnectionString());
            await connection.OpenAsync(cancellationToken);
            return null;
        }
        catch (NpgsqlException e)
        {
            return e.Message;
        }
    }

    public async Task OnHealthyAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(AdminConnectionString());
        await connection.OpenAsync(cancellationToken);
        await AdoptPasswordAsync(connection, cancellationToken);
        foreach (var database in databases)
        {
            await CreateDatabaseAsync(connection, database, cancellationToken);
        }
    }

    // No Unix socket: its folder would have to be writable by the server's user and its path short, and nobody uses it.
    private string[] Arguments(string dataPath)
    {
        var added = resource.Annotations.OfType<ArgumentsAnnotation>().SelectMany(a => a.Arguments);
        return
        [
            "-D",
            dataPath,
            "-c",
            "listen_addresses=localhost",
            "-c",
            $"port={Port}",
            "-c",
            "unix_socket_directories=",
            .. added,
        ];
    }

    private string AdminConnectionString() =>
        new NpgsqlConnectionStringBuilder
        {
            Host = resource.PrimaryEndpoint.Host,
            Port = Port,
            Username = userName,
            Password = data!.ReadPassword(),
            Database = "postgres",
            Pooling = false,
            Timeout = 5,
        }.ConnectionString;

    // The data keeps the password it was made with; where the parameter has another by now (its secrets were lost, or
    // set by hand), the data takes that one over rather than locking everyone out.
    private async Task AdoptPasswordAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (data!.ReadPassword() == password)
        {
            return;
        }

        await ExecuteAsync(
            connection,
            "SELECT format('ALTER ROLE %I PASSWORD %L', current_user, @name)",
            password,
            cancellationToken
        );
        data.WritePassword(password);
    }

    private static Task CreateDatabaseAsync(
        NpgsqlConnection connection,
        string name,
        CancellationToken cancellationToken
    ) =>
        ExecuteAsync(
            connection,
            "SELECT format('CREATE DATABASE %I', @name) "
                + "WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = @name)",
            name,
            cancellationToken
        );

    // Statements that take no parameters are put together, and quoted, by the server itself. Two round trips.
    private static async Task ExecuteAsync(
        NpgsqlConnection connection,
        string formatting,
        string name,
        CancellationToken cancellationToken
    )
    {
        await using var format = new NpgsqlCommand(formatting, connection);
        format.Parameters.AddWithValue("name", name);
        if (await format.ExecuteScalarAsync(cancellationToken) is string statement)
        {
            // Quoted by format() on the server.
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
