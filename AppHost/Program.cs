using Dendrite.AppHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

// The whole system on one page: what there is, what needs what, and who may do what.
var builder = DistributedApplication.CreateBuilder(args);

// Services keep a pool of connections each, and replicas multiply them: the default of 100 is soon used up.
// Many recordings at once wait for each other where the log has few buffers: 4 MB by default.
var postgres = builder
    .AddPostgres("postgres")
    .WithArgs("-c", "max_connections=300", "-c", "shared_buffers=512MB", "-c", "wal_buffers=64MB")
    .WithPgWeb();
var redis = builder.AddRedis("redis").WithRedisInsight();
var platform = postgres.AddDatabase("platform");

// `./run demo` starts from nothing and leaves nothing.
var keepsData = builder.Configuration.GetValue("Dendrite:KeepData", defaultValue: true);
await using var volumes = keepsData ? new DataVolumes(builder.AppHostDirectory) : null;
if (volumes is not null)
{
    postgres.WithDataVolume(volumes.NameOf("postgres"));
    redis.WithDataVolume(volumes.NameOf("redis"));
}

var cliKey = builder.AddApiKey("cli");
var branchAccount = builder.AddServiceAccount("branch", postgres);
var ingestAccount = builder.AddServiceAccount("ingest", postgres);
var comparisonAccount = builder.AddServiceAccount("comparison", postgres);
var schedulerAccount = builder.AddServiceAccount("scheduler", postgres);

// Runs the SQL of projects' assertions and checks, and reaches nothing of the database but what a service copies to it.
var assertionRole = builder.AddDatabaseRole("assertion", postgres);

// Vacuums tables, and by mistake changes nothing.
var careRole = builder.AddDatabaseRole("care", postgres);

// Runs once, as the database's owner, before any service: schema, roles with these passwords, a project and keys to
// begin with.
var migrations = builder
    .AddProject<Projects.Migrations>("migrations")
    .WithReference(platform)
    .WaitFor(platform)
    .WithEnvironment("Seed__Project", Development.Project)
    .CreatesKey(cliKey)
    .CreatesAccount(branchAccount)
    .CreatesAccount(ingestAccount)
    .CreatesAccount(comparisonAccount)
    .CreatesAccount(schedulerAccount)
    .CreatesRole(assertionRole)
    .CreatesRole(careRole);

var branch = builder
    .AddService<Projects.BranchService>("branch", branchAccount, migrations)
    .WithEnvironment("ConnectionStrings__assertions", assertionRole.ConnectionString)
    .WithReference(redis)
    .WaitFor(redis);

var ingest = builder
    .AddService<Projects.IngestService>("ingest", ingestAccount, migrations)
    .WithReference(redis)
    .WaitFor(redis)
    .WithReference(branch)
    .WaitFor(branch);

var comparison = builder
    .AddService<Projects.ComparisonService>("comparison", comparisonAccount, migrations)
    .WithEnvironment("ConnectionStrings__assertions", assertionRole.ConnectionString)
    .WithReplicas(2)
    .WithReference(redis)
    .WaitFor(redis)
    .WithReference(branch)
    .WaitFor(branch);

// For trying backups out; real ones go to the disk of another machine, or to S3.
var backups = Directory.CreateDirectory(Path.Combine(builder.AppHostDirectory, "..", "artifacts", "dev", "backups"));
var scheduler = builder
    .AddService<Projects.SchedulerService>("scheduler", schedulerAccount, migrations)
    .WithEnvironment("Backups__Stores__local__Folder", backups.FullName)
    .WithEnvironment("ConnectionStrings__care", careRole.ConnectionString)
    .WithReference(redis)
    .WaitFor(redis)
    .WithReference(branch)
    .WithReference(ingest)
    .WithReference(comparison)
    .WaitFor(ingest)
    .WaitFor(comparison);

builder.Services.AddSingleton(new Development(cliKey, [branch, ingest, comparison, scheduler]));
builder.Services.AddHostedService<ConnectionFile>();

await builder.Build().RunAsync();
