using System.Net.Http.Json;

[assembly: AssemblyFixture(typeof(Dendrite.StandIns.Aspire.Tests.SharedApplication))]

namespace Dendrite.StandIns.Aspire.Tests;

/// <summary>
/// One running application for the tests that do not harm it: a database, Redis, a job, a service of two replicas
/// ("backend") that waits for the job, and one ("frontend") that waits for that and refers to everything.
/// </summary>
public sealed class SharedApplication : IAsyncLifetime
{
    private readonly TemporaryFolder store = new();
    private readonly HttpClient http = new();
    private readonly IDistributedApplicationBuilder builder;
    private DistributedApplication? application;

    public SharedApplication()
    {
        builder = CreateBuilder(store);
        var postgres = builder.AddPostgres("postgres");
        Database = postgres.AddDatabase("lab-database", "lab");
        Redis = builder.AddRedis("redis");
        var job = builder.AddProject<Projects.SampleService>("job").WithArgs("exit", "0").WaitFor(Database);
        Backend = builder
            .AddProject<Projects.SampleService>("backend")
            .WithReplicas(2)
            .WithHttpHealthCheck("/health")
            .WithEnvironment("SAMPLE_NEEDS_PORT", Property(postgres.Resource.Port))
            .WaitForCompletion(job);
        var password = builder.AddParameter("role-password", "a{b}c");
        Frontend = builder
            .AddProject<Projects.SampleService>("frontend")
            .WithHttpHealthCheck("/health", endpointName: "http")
            .WithEnvironment("SAMPLE_NEEDS_PORT", Property(Backend.GetEndpoint("http").Property(EndpointProperty.Port)))
            .WithEnvironment("PARAMETER", password)
            .WithEnvironment("EXPRESSION", ReferenceExpression.Create($"{{{postgres.Resource.Port}}}/{password}/{"x"}"))
            .WithReference(Database)
            .WithReference(Redis, "cache")
            .WithReference(Backend)
            .WaitFor(Redis)
            .WaitFor(Backend);
    }

    public IResourceBuilder<PostgresDatabaseResource> Database { get; }

    public IResourceBuilder<RedisResource> Redis { get; }

    public IResourceBuilder<ProjectResource> Backend { get; }

    public IResourceBuilder<ProjectResource> Frontend { get; }

    public DistributedApplication Application => application!;

    public async ValueTask InitializeAsync()
    {
        application = builder.Build();
        await application.StartAsync();
        await application.ResourceNotifications.WaitForResourceHealthyAsync("frontend").Bounded();
    }

    public async ValueTask DisposeAsync()
    {
        if (application is not null)
        {
            await application.StopAsync();
            await application.DisposeAsync();
        }

        http.Dispose();
        store.Dispose();
    }

    internal static IDistributedApplicationBuilder CreateBuilder(TemporaryFolder store) =>
        DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions
            {
                Args = [$"--Aspire:Store:Path={store.Path}", "--environment=Development"],
                AssemblyName = typeof(SharedApplication).Assembly.GetName().Name,
            }
        );

    internal async Task<T> AskAsync<T>(IResourceBuilder<ProjectResource> service, string path, int replica = 0)
    {
        var address = service.GetEndpoint("http").UrlOf(replica) + path;
        return (await http.GetFromJsonAsync<T>(address, TestContext.Current.CancellationToken))!;
    }

    internal Task<Dictionary<string, string>> EnvironmentOfAsync(
        IResourceBuilder<ProjectResource> service,
        int replica = 0
    ) => AskAsync<Dictionary<string, string>>(service, "/environment", replica);

    private static ReferenceExpression Property(EndpointReferenceExpression property) =>
        ReferenceExpression.Create($"{property}");
}
