using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace Dendrite.Fixtures.Processes;

/// <summary>
/// A server that a test runs. It never outlives the tests, however they end: where the system has <c>setpriv</c>, the kernel
/// kills it when the thread that started it dies, so one thread that lives as long as the process starts them all.
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int MaxOutputCharacters = 16 * 1024;
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private static readonly BlockingCollection<Action> Starts = [];

    private readonly Process process;
    private readonly StringBuilder output = new();

    static ChildProcess() =>
        new Thread(() =>
        {
            foreach (var start in Starts.GetConsumingEnumerable())
                start();
        })
        {
            IsBackground = true,
            Name = "starts child processes",
        }.Start();

    private ChildProcess(ProcessStartInfo start)
    {
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>The last of what it wrote, for the message of a failure.</summary>
    public string Output
    {
        get
        {
            lock (output)
                return output.ToString();
        }
    }

    public static async Task<ChildProcess> StartAsync(string file, params IEnumerable<string> arguments)
    {
        var setpriv = FindOnPath("setpriv");
        var start = new ProcessStartInfo(setpriv ?? file)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var argument in setpriv is null ? arguments : ["--pdeathsig", "KILL", file, .. arguments])
            start.ArgumentList.Add(argument);

        var child = new ChildProcess(start);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Add(() =>
        {
            try
            {
                child.process.Start();
                child.process.BeginOutputReadLine();
                child.process.BeginErrorReadLine();
                started.SetResult();
            }
            catch (Exception error)
            {
                started.SetException(error);
            }
        });
        await started.Task;
        return child;
    }

    /// <summary>The first of the programs that is on the PATH; null where none is.</summary>
    public static string? FindOnPath(params ReadOnlySpan<string> names)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        foreach (var name in names)
        {
            foreach (var folder in folders)
            {
                var candidate = Path.Combine(folder, name);
                if (File.Exists(candidate))
                    return candidate;
            }
        }

        return null;
    }

    /// <summary>Ends it at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited)
            process.Kill();
        using var patience = new CancellationTokenSource(StopPatience);
        await process.WaitForExitAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (output)
        {
            output.AppendLine(line);
            if (output.Length > MaxOutputCharacters)
                output.Remove(0, output.Length - MaxOutputCharacters);
        }
    }
}
