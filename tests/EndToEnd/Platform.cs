using System.Net;
using System.Net.Sockets;
using Dendrite.Cli.Tests;
using Dendrite.Client.Connection;
using Dendrite.Fixtures;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Npgsql;

namespace Dendrite.EndToEnd;

/// <summary>
/// The platform as it runs in production: each part a process of its own, PostgreSQL flushing its log to disk.
/// </summary>
public sealed class Platform : IAsyncLifetime
{
    public const string Key = "dk_cli_0123456789abcdef0123456789abcdef";

    /// <summary>Of two people, whose labels are the authors of what they commit.</summary>
    public const string AnnsKey = "dk_ann_00112233445566778899aabbccddeeff";
    public const string BensKey = "dk_ben_ffeeddccbbaa99887766554433221100";

    private const string Project = "lab";
    private const string Password = "correct-horse";
    private int branches;
    private PostgresServer? postgres;
    private NpgsqlDataSource? owner;

    public PostgresServer Postgres => postgres!;

    public RedisServer Redis { get; private set; } = null!;

    public PlatformService Branch { get; private set; } = null!;

    public PlatformService Ingest { get; private set; } = null!;

    public PlatformService Comparison { get; private set; } = null!;

    public string IngestAddress => Ingest.Address;

    /// <summary>The environment of a command that finds it.</summary>
    internal Func<string, string?> Variables =>
        CommandRun.Variables(
            Key,
            service =>
                service switch
                {
                    "BRANCH" => Branch.Address,
                    "INGEST" => IngestAddress,
                    "COMPARISON" => Comparison.Address,
                    _ => null,
                }
        );

    public async ValueTask InitializeAsync()
    {
        postgres = await PostgresServer.StartAsync(durable: true);
        Redis = await RedisServer.StartAsync();
        await using (var server = NpgsqlDataSource.Create(postgres.ConnectionString("postgres")))
        await using (var create = server.CreateCommand("CREATE DATABASE platform"))
        {
            await create.ExecuteNonQueryAsync();
        }

        owner = NpgsqlDataSource.Create(postgres.ConnectionString("platform"));
        await MigrateAsync();
        Branch = Service("BranchService", "dendrite_branch");
        Ingest = Service("IngestService", "dendrite_ingest");
        Comparison = Service("ComparisonService", "dendrite_comparison");
        await Task.WhenAll(Branch.StartAsync(), Ingest.StartAsync(), Comparison.StartAsync());
    }

    /// <summary>Another replica of the Comparison service, not started yet.</summary>
    public PlatformService AddComparison() => Service("ComparisonService", "dendrite_comparison");

    public DendriteConnection Connect() =>
        new(
            new()
            {
                IngestAddresses = [IngestAddress],
                ApiKey = Key,
                Retry = new() { MaxDelay = TimeSpan.FromMilliseconds(500) },
            }
        );

    /// <summary>The name of a stream in a new branch.</summary>
    public async Task<string> NewStreamAsync()
    {
        var name = $"run-{Interlocked.Increment(ref branches)}";
        await CreateBranchAsync(name);
        return $"projects/{Project}/branches/{name}/streams/eeg";
    }

    /// <summary>Forks a branch from main.</summary>
    public async Task CreateBranchAsync(string name)
    {
        var token = TestContext.Current.CancellationToken;
        var database = new PlatformDatabase(owner!);
        var project = (await new ProjectStore(database).GetAsync(Project, token)).Id;
        var writer = new BranchWriter(database, new BranchStore(database), new IdempotencyStore(database));
        var forker = new BranchForker(database, new SnapshotReader(database), writer);
        var branch = new NewBranch(name, Guid.CreateVersion7(), "main", SnapshotPoint.Head) { Owner = "tests" };
        var mutation = new Mutation("tests", "Fork", $"projects/{Project}") { RequestDigest = new byte[32] };
        await forker.CreateAsync(project, branch, mutation, token);
    }

    /// <summary>
    /// The database behind the platform, as its owner, after whatever happened to earlier connections.
    /// </summary>
    public NpgsqlDataSource OpenDatabase() =>
        NpgsqlDataSource.Create(postgres!.ConnectionString("platform") + ";Pooling=false");

    /// <summary>Asks the database behind the platform.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var command = owner!.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Sends bytes to the gRPC port and hangs up.</summary>
    public async Task SendGarbageAsync(byte[] garbage)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Ingest.GrpcPort, TestContext.Current.CancellationToken);
        try
        {
            await client.GetStream().WriteAsync(garbage, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // It hung up before all was sent.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Branch.DisposeAsync();
        await Ingest.DisposeAsync();
        await Comparison.DisposeAsync();
        await Redis.DisposeAsync();
        await owner!.DisposeAsync();
        await postgres!.DisposeAsync();
    }

    private async Task MigrateAsync()
    {
        await using var migrations = new ServiceProcess(
            "Migrations",
            new Dictionary<string, string>
            {
                ["ConnectionStrings__platform"] = postgres!.ConnectionString("platform"),
                ["Roles__branch__Password"] = Password,
                ["Roles__ingest__Password"] = Password,
                ["Roles__comparison__Password"] = Password,
                ["Roles__assertion__Password"] = Password,
                ["Seed__Project"] = Project,
                ["Seed__Keys__cli"] = Key,
                ["Seed__Keys__ann"] = AnnsKey,
                ["Seed__Keys__ben"] = BensKey,
            }
        );
        Assert.True(await migrations.RunAsync(TestContext.Current.CancellationToken) == 0, migrations.Log);
    }

    private PlatformService Service(string project, string role) =>
        new(
            project,
            postgres!.ConnectionString("platform", role, Password),
            Redis.ConnectionString,
            postgres!.ConnectionString("platform", "dendrite_assertion", Password),
            // On a busy machine a worker that lives may come to nothing for some seconds, and is not to lose its work.
            new Dictionary<string, string> { ["Operations__Lease"] = "00:00:10" }
        );
}
