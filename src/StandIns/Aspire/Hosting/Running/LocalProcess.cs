using System.Diagnostics;

namespace Aspire.Hosting.Running;

/// <summary>How a process is started and stopped.</summary>
internal sealed record LaunchPlan(string FileName, IReadOnlyList<string> Arguments, string WorkingDirectory)
{
    /// <summary>Added to this process's environment; a null value takes the variable away.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Null means the user that this process runs as.</summary>
    public UnixUser? User { get; init; }

    public UnixSignal StopSignal { get; init; } = UnixSignal.Term;

    /// <summary>Sent by the system when this process dies without having stopped its children.</summary>
    public UnixSignal OrphanSignal { get; init; } = UnixSignal.Kill;
}

/// <summary>A running child, its output line by line, and its end.</summary>
internal sealed class LocalProcess : IDisposable
{
    /// <summary>Enough for a stack trace; shown when the process dies early.</summary>
    private const int LastLinesKept = 30;

    // The pipes of a dead process may be held open by children of its own: they are not waited for.
    private static readonly TimeSpan DrainLimit = TimeSpan.FromMilliseconds(500);

    private readonly Process process;
    private readonly Queue<string> lastLines = new();
    private readonly TaskCompletionSource<int> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LocalProcess(Process process)
    {
        this.process = process;
        Id = process.Id;
    }

    public int Id { get; }

    /// <summary>The exit code; 128 + the signal's number where a signal ended it. Never fails.</summary>
    public Task<int> Exited => exited.Task;

    public string LastLines
    {
        get
        {
            lock (lastLines)
            {
                return string.Join('\n', lastLines);
            }
        }
    }

    /// <summary>Starts on the calling thread; see <see cref="ProcessLauncher"/> for why that matters.</summary>
    public static LocalProcess Start(ProcessStartInfo start, Action<string> onLine)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        var started = Process.Start(start) ?? throw new InvalidOperationException("no process was started");
        started.EnableRaisingEvents = true;
        started.StandardInput.Close();
        var child = new LocalProcess(started);
        _ = child.WatchAsync(
            Task.WhenAll(
                child.ReadAsync(started.StandardOutput, onLine),
                child.ReadAsync(started.StandardError, onLine)
            )
        );
        return child;
    }

    public void Send(UnixSignal signal)
    {
        if (!exited.Task.IsCompleted)
        {
            UnixSystem.Send(Id, signal);
        }
    }

    public void Dispose() => process.Dispose();

    private async Task WatchAsync(Task output)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => ended.TrySetResult();
        if (process.HasExited)
        {
            ended.TrySetResult();
        }

        await ended.Task;
        await Task.WhenAny(output, Task.Delay(DrainLimit, TimeProvider.System));
        exited.SetResult(process.ExitCode);
    }

    private async Task ReadAsync(StreamReader reader, Action<string> onLine)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                Remember(line);
                onLine(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The process was disposed of while a child of its own still held the pipe.
        }
    }

    private void Remember(string line)
    {
        lock (lastLines)
        {
            lastLines.Enqueue(line);
            if (lastLines.Count > LastLinesKept)
            {
                lastLines.Dequeue();
            }
        }
    }
}
