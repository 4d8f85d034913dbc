using System.Collections.Concurrent;
using System.Diagnostics;
using Aspire.Hosting.Servers;

namespace Aspire.Hosting.Running;

/// <summary>
/// Starts children so that none outlives this process, however it dies, and so that Ctrl-C reaches this process alone
/// and the children are stopped in order.
/// </summary>
/// <remarks>
/// On Linux <c>setpriv --pdeathsig</c> has the kernel send the signal. The kernel counts the death of the
/// <em>thread</em> that forked, and pool threads come and go, so one thread, as long-lived as this object, forks them
/// all. The uid is changed before setpriv runs, by <see cref="Process"/> itself, as a change of uid clears the setting.
/// Where setpriv is missing an
/// <see cref="OrphanGuard"/> takes its place.
/// </remarks>
internal sealed class ProcessLauncher : IDisposable
{
    private readonly BlockingCollection<Action> requests = [];
    private readonly string? setsid = Programs.FindOnPath("setsid");
    private readonly string? setpriv;
    private readonly OrphanGuard? guard;

    public ProcessLauncher()
        : this(OperatingSystem.IsLinux() ? Programs.FindOnPath("setpriv") : null) { }

    /// <param name="setpriv">The path of setpriv, or null to do without.</param>
    internal ProcessLauncher(string? setpriv)
    {
        this.setpriv = setpriv;
        var thread = new Thread(Serve) { IsBackground = true, Name = "Process launcher" };
        thread.Start();
        guard = setpriv is null ? new OrphanGuard() : null;
    }

    public Task<LocalProcess> StartAsync(LaunchPlan plan, Action<string> onLine)
    {
        var started = new TaskCompletionSource<LocalProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        requests.Add(() =>
        {
            try
            {
                started.SetResult(Start(plan, onLine));
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                started.SetException(
                    new DistributedApplicationException($"Could not start {plan.FileName}: {e.Message}", e)
                );
            }
        });
        return started.Task;
    }

    public void Dispose()
    {
        // The thread ends, and with it what the kernel ties to it: by now every child has been stopped.
        requests.CompleteAdding();
        guard?.Dispose();
    }

    private void Serve()
    {
        foreach (var request in requests.GetConsumingEnumerable())
        {
            request();
        }
    }

    private LocalProcess Start(LaunchPlan plan, Action<string> onLine)
    {
        if (Path.IsPathRooted(plan.FileName) && !File.Exists(plan.FileName))
        {
            // setsid and setpriv would start, and say so with an exit code only.
            throw new InvalidOperationException("there is no such file");
        }

        List<string> command = [];
        if (setsid is not null)
        {
            command.Add(setsid);
        }

        if (setpriv is not null)
        {
            command.AddRange([setpriv, "--pdeathsig", plan.OrphanSignal.ToString().ToUpperInvariant(), "--"]);
        }

        command.Add(plan.FileName);
        var start = new ProcessStartInfo(command[0], command.Skip(1).Concat(plan.Arguments))
        {
            WorkingDirectory = plan.WorkingDirectory,
        };
        foreach (var (name, value) in plan.Environment)
        {
            start.Environment[name] = value;
        }

        if (plan.User is not null)
        {
            start.UserName = plan.User.Name;
        }

        var process = LocalProcess.Start(start, onLine);
        guard?.Watch(process, plan.OrphanSignal);
        return process;
    }
}
