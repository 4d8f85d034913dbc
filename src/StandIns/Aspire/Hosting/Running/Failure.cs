using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Running;

/// <summary>The first thing that went wrong; what follows from it while all is being stopped is not reported.</summary>
internal sealed class Failure(IHostApplicationLifetime lifetime, ConsoleLog console)
{
    private readonly Lock gate = new();

    /// <summary>The exit code of the failed resource, never 0; null while nothing failed.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Says what happened and stops the application.</summary>
    public void Report(int exitCode, string message)
    {
        lock (gate)
        {
            if (ExitCode is not null || lifetime.ApplicationStopping.IsCancellationRequested)
            {
                return;
            }

            // A service that ends with 0 before it served has failed all the same.
            ExitCode = exitCode == 0 ? 1 : exitCode;
        }

        console.WriteError(message);
        lifetime.StopApplication();
    }
}
