using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>
/// A described application, ready to run. Stands in for the official package where a feed lacks it: PostgreSQL, Redis
/// and projects run as local processes. See README.md beside this file for what differs.
/// </summary>
public sealed class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost host;

    // Asked for now: when the host has run, its services are disposed of.
    private readonly ConsoleLog console;
    private readonly Failure failure;

    internal DistributedApplication(IHost host)
    {
        this.host = host;
        console = host.Services.GetRequiredService<ConsoleLog>();
        failure = host.Services.GetRequiredService<Failure>();
    }

    public IServiceProvider Services => host.Services;

    public ResourceNotificationService ResourceNotifications =>
        host.Services.GetRequiredService<ResourceNotificationService>();

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) =>
        CreateBuilder(new DistributedApplicationOptions { Args = args });

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) =>
        new DistributedApplicationBuilder(options);

    /// <inheritdoc cref="RunAsync"/>
    public void Run()
    {
        try
        {
            host.Run();
        }
        catch (DistributedApplicationException failed)
        {
            Report(failed);
        }

        TakeExitCode();
    }

    /// <summary>
    /// Runs until Ctrl-C, SIGTERM or the token. Where a resource failed, everything is stopped and the process ends
    /// with that resource's exit code (through <see cref="Environment.ExitCode"/>).
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await host.RunAsync(cancellationToken);
        }
        catch (DistributedApplicationException failed)
        {
            Report(failed);
        }

        TakeExitCode();
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => host.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken = default) => host.StopAsync(cancellationToken);

    public void Dispose() => host.Dispose();

    public ValueTask DisposeAsync()
    {
        if (host is IAsyncDisposable disposable)
        {
            return disposable.DisposeAsync();
        }

        host.Dispose();
        return ValueTask.CompletedTask;
    }

    // Expected, and said in full by its message: a stack trace would hide the remedy.
    private void Report(DistributedApplicationException failed)
    {
        console.WriteError(failed.Message);
        Environment.ExitCode = 1;
    }

    private void TakeExitCode()
    {
        if (failure.ExitCode is { } exitCode)
        {
            Environment.ExitCode = exitCode;
        }
    }
}
