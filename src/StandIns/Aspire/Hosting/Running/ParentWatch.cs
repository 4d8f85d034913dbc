using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Running;

/// <summary>
/// Stops the application when the process that started it is gone, for instance a script that was killed:
/// <c>ASPIRE_CLI_PID</c> names that process and <c>ASPIRE_CLI_STARTED</c> (seconds since 1970, optional) tells it from
/// a later one with the same id. The official package honours the same two variables.
/// </summary>
internal sealed class ParentWatch(IConfiguration configuration, IHostApplicationLifetime lifetime, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!int.TryParse(configuration["ASPIRE_CLI_PID"], out var parent))
        {
            return;
        }

        long? started = long.TryParse(configuration["ASPIRE_CLI_STARTED"], out var seconds) ? seconds : null;
        using var timer = new PeriodicTimer(LookEvery, time);
        while (IsRunning(parent, started))
        {
            await timer.WaitForNextTickAsync(stoppingToken);
        }

        lifetime.StopApplication();
    }

    private static bool IsRunning(int processId, long? started)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited
                && (started is null || new DateTimeOffset(process.StartTime).ToUnixTimeSeconds() == started);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
