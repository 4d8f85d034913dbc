using System.Collections.Concurrent;
using System.Diagnostics;

namespace Dendrite.Fixtures;

/// <summary>
/// Starts servers that end with this process, however it ends. On Linux the kernel sends the child a signal when the
/// <em>thread</em> that started it ends, so all are started by one thread that lives as long as the process.
/// </summary>
internal static class ChildProcesses
{
    private const string Setpriv = "/usr/bin/setpriv";
    private static readonly BlockingCollection<Action> Starts = [];

    static ChildProcesses() =>
        new Thread(() =>
        {
            foreach (var start in Starts.GetConsumingEnumerable())
            {
                start();
            }
        })
        {
            IsBackground = true,
            Name = "starts child processes",
        }.Start();

    /// <summary>True where a child cannot outlive this process even when it is killed.</summary>
    public static bool EndWithParent { get; } = OperatingSystem.IsLinux() && File.Exists(Setpriv);

    /// <summary>Starts a program; as <paramref name="user"/> when this process is root and a user is given.</summary>
    /// <param name="signal">What the kernel sends it when this process is gone, such as <c>INT</c>.</param>
    public static Process Start(string program, IEnumerable<string> arguments, string? user, string signal)
    {
        var info = new ProcessStartInfo
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            FileName = EndWithParent ? Setpriv : program,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        if (EndWithParent)
        {
            info.ArgumentList.Add("--pdeathsig");
            info.ArgumentList.Add(signal);
            foreach (
                var argument in user is null ? [] : new[] { $"--reuid={user}", $"--regid={user}", "--init-groups" }
            )
            {
                info.ArgumentList.Add(argument);
            }

            info.ArgumentList.Add(program);
        }

        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        var started = new TaskCompletionSource<Process>();
        Starts.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(info)!);
            }
            catch (Exception failure)
            {
                started.SetException(failure);
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }
}
