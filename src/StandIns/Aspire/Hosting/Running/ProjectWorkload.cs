using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>One replica of a project, run as its built assembly: quick to start, and one process to signal.</summary>
internal sealed class ProjectWorkload(
    ProjectResource resource,
    int replica,
    bool isJob,
    BuildFacts build,
    DistributedApplicationExecutionContext execution,
    PortAllocation ports
) : IWorkload
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false })
    {
        Timeout = TimeSpan.FromSeconds(5),
    };

    // Meant for the AppHost itself; a service would listen where the AppHost's dashboard does.
    private static readonly string[] NotInherited =
    [
        "ASPNETCORE_URLS",
        "ASPNETCORE_HTTP_PORTS",
        "DOTNET_LAUNCH_PROFILE",
        "ASPIRE_CLI_PID",
        "ASPIRE_CLI_STARTED",
    ];

    private readonly HttpHealthCheckAnnotation[] checks = [.. resource.Annotations.OfType<HttpHealthCheckAnnotation>()];

    public string Name => resource.GetReplicaCount() > 1 ? $"{resource.Name}-{replica}" : resource.Name;

    public bool IsChecked => checks.Length > 0;

    public bool Restarts => !isJob;

    /// <summary>Time to finish the calls that are open.</summary>
    public TimeSpan StopLimit => TimeSpan.FromSeconds(20);

    public async Task<LaunchPlan> PrepareAsync(CancellationToken cancellationToken)
    {
        var projectPath = resource.Annotations.OfType<IProjectMetadata>().Single().ProjectPath;
        var assembly = build.AssemblyOf(projectPath);
        if (!File.Exists(assembly))
        {
            throw new DistributedApplicationException($"{assembly} is not built: run dotnet build {projectPath}");
        }

        var environment = await EnvironmentAsync(cancellationToken);
        foreach (var endpoint in resource.GetEndpoints())
        {
            ports.Release(endpoint.Ports[replica]);
        }

        var arguments = resource.Annotations.OfType<ArgumentsAnnotation>().SelectMany(a => a.Arguments);
        return new LaunchPlan(DotnetHost(), [assembly, .. arguments], Path.GetDirectoryName(projectPath)!)
        {
            Environment = environment,
        };
    }

    public async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        foreach (var check in checks)
        {
            var address = check.Endpoint.UrlOf(replica) + check.Path;
            try
            {
                using var response = await Http.GetAsync(new Uri(address), cancellationToken);
                if ((int)response.StatusCode != check.StatusCode)
                {
                    var body = await response.Content.ReadAsStringAsync(cancellationToken);
                    return $"{address} answers {(int)response.StatusCode}: {body}";
                }
            }
            catch (HttpRequestException e)
            {
                return $"{address}: {e.Message}";
            }
            catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return $"{address} does not answer within {Http.Timeout.TotalSeconds:0} s";
            }
        }

        return null;
    }

    public Task OnHealthyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<Dictionary<string, string?>> EnvironmentAsync(CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(execution, resource, cancellationToken: cancellationToken);
        Telemetry.AddTo(context.EnvironmentVariables, resource.Name, replica);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        var environment = NotInherited.ToDictionary(name => name, _ => (string?)null, StringComparer.Ordinal);
        foreach (var endpoint in resource.GetEndpoints())
        {
            environment[$"Kestrel__Endpoints__{endpoint.EndpointName}__Url"] = endpoint.UrlOf(replica);
        }

        foreach (var (name, value) in context.EnvironmentVariables)
        {
            environment[name] = value is IValueProvider late
                ? await late.GetValueAsync(cancellationToken)
                : value.ToString();
        }

        return environment;
    }

    // The dotnet that runs this process: it has the runtime that the projects were built for.
    private static string DotnetHost()
    {
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var host = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", "dotnet"));
        return File.Exists(host) ? host : "dotnet";
    }
}
