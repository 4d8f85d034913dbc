using System.Collections.ObjectModel;
using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    // Stopping goes from the services down to the servers; each process has its own, shorter, limit.
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(60);

    private readonly HostApplicationBuilder host;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
        var build = new BuildFacts(AppHostAssembly);
        AppHostDirectory = options.ProjectDirectory ?? build.ProjectDirectory ?? Directory.GetCurrentDirectory();
        host = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { Args = options.Args, ContentRootPath = AppHostDirectory }
        );
        if (AppHostAssembly is not null)
        {
            // Whatever the environment's name: passwords of kept data must be found again.
            host.Configuration.AddUserSecrets(AppHostAssembly, optional: true);
        }

        // Said again, so that they win over the secrets that were added after them.
        host.Configuration.AddEnvironmentVariables().AddCommandLine(options.Args ?? []);
        AddServices(build);
    }

    public ConfigurationManager Configuration => host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => host.Environment;

    public IServiceCollection Services => host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new(DistributedApplicationOperation.Run);

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        if (Resources.Any(r => string.Equals(r.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
        {
            throw new DistributedApplicationException(
                $"A resource named '{resource.Name}' is already there; names are unique"
            );
        }

        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build() => new(host.Build());

    private void AddServices(BuildFacts build)
    {
        host.Logging.ClearProviders();
        host.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        Services.Configure<HostOptions>(o => o.ShutdownTimeout = ShutdownLimit);
        Services.AddSingleton(TimeProvider.System);
        Services.AddSingleton(Resources);
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(build);
        Services.AddSingleton<ConsoleLog>();
        Services.AddSingleton<ILoggerProvider, ConsoleLogProvider>();
        Services.AddSingleton<Failure>();
        Services.AddSingleton(_ => new ResourceNotificationService());
        Services.AddSingleton<ProcessLauncher>();
        Services.AddSingleton<Store>();
        Services.AddSingleton<WorkloadFactory>();
        Services.AddHostedService<ParentWatch>();
        Services.AddHostedService<Orchestrator>();
    }

    private sealed class ResourceCollection : Collection<IResource>, IResourceCollection;

    private sealed class ResourceBuilder<T>(IDistributedApplicationBuilder application, T resource)
        : IResourceBuilder<T>
        where T : IResource
    {
        public IDistributedApplicationBuilder ApplicationBuilder => application;

        public T Resource => resource;

        public IResourceBuilder<T> WithAnnotation<TAnnotation>(
            TAnnotation annotation,
            ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append
        )
            where TAnnotation : IResourceAnnotation
        {
            if (behavior == ResourceAnnotationMutationBehavior.Replace)
            {
                foreach (var old in resource.Annotations.OfType<TAnnotation>().ToList())
                {
                    resource.Annotations.Remove(old);
                }
            }

            resource.Annotations.Add(annotation);
            return this;
        }
    }
}
