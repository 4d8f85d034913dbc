using Dendrite.Storage.Migrations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Dendrite.Migrations;

/// <summary>
/// Makes a database ready for the services: waits until the server answers, migrates, makes the login roles, and seeds
/// what it is told to. May be run any number of times, also at once.
/// </summary>
public sealed partial class PlatformPreparation(IConfiguration configuration, TimeProvider time, ILoggerFactory logging)
{
    /// <summary>A server that was just started recovers first; longer than this is a fault.</summary>
    public static readonly TimeSpan ServerLimit = TimeSpan.FromMinutes(2);

    private const int SecondsOfSilence = 30;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private readonly ILogger logger = logging.CreateLogger<PlatformPreparation>();

    /// <summary>Does all of it; every failure is logged and told by the exit code.</summary>
    public async Task<ExitCode> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var options = PreparationOptions.Read(configuration);
            await using var owner = NpgsqlDataSource.Create(Kept(options.ConnectionString));
            await WaitForServerAsync(owner, cancellationToken);
            var applied = await new Migrator(owner, Migration.Embedded, logging.CreateLogger<Migrator>()).RunAsync(
                cancellationToken
            );
            await LoginRoles.PutAsync(owner, options.Passwords, cancellationToken);
            LogMigrated(applied.Count, Migration.Embedded.Count, options.Passwords.Count);
            await new Seeding(owner, time, logging.CreateLogger<Seeding>()).RunAsync(options, cancellationToken);
            LogReady();
            return ExitCode.Ready;
        }
        catch (ConfigurationException wrong)
        {
            LogConfigurationWrong(wrong.Message);
            return ExitCode.ConfigurationWrong;
        }
        catch (MigrationException refusal)
        {
            LogRefused(refusal.Message);
            return ExitCode.MigrationRefused;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            LogStopped();
            return ExitCode.Stopped;
        }
        catch (Exception failure) when (failure is NpgsqlException or ArgumentException)
        {
            // An ArgumentException is a connection string that does not parse.
            LogDatabaseAway(failure.Message);
            return failure is ArgumentException ? ExitCode.ConfigurationWrong : ExitCode.DatabaseAway;
        }
    }

    /// <summary>
    /// Nothing is said while a long migration runs, or is waited for: the network is kept from forgetting the
    /// connection, and who waits is told where it was cut.
    /// </summary>
    private static NpgsqlConnectionStringBuilder Kept(string connection)
    {
        var builder = new NpgsqlConnectionStringBuilder(connection);
        if (!builder.TcpKeepAlive)
        {
            (builder.TcpKeepAlive, builder.TcpKeepAliveTime) = (true, SecondsOfSilence);
        }

        return builder;
    }

    private async Task WaitForServerAsync(NpgsqlDataSource owner, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await owner.OpenConnectionAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException failure) when (IsPassing(failure) && time.GetElapsedTime(start) < ServerLimit)
            {
                if (attempt == 1)
                {
                    LogWaiting(failure.Message);
                }

                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Not there yet, starting up, or the database is still to be created; a wrong password does not pass.
    /// </summary>
    private static bool IsPassing(NpgsqlException failure) =>
        failure is not PostgresException postgres
        || postgres.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.InvalidCatalogName;
}
