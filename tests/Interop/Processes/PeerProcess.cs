using System.Diagnostics;
using System.Text;

namespace Dendrite.Interop.Processes;

/// <summary>
/// A running peer and all it has said. Its standard input stays open for as long as it is to live: a peer ends when
/// that ends, so that none outlives the tests, however those end.
/// </summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly TaskCompletionSource<string> firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PeerProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data, isStandardOutput: true);
        process.ErrorDataReceived += (_, line) => Hear(line.Data, isStandardOutput: false);
    }

    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    public static PeerProcess Start(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        var peer = new PeerProcess(new Process { StartInfo = start });
        peer.process.Start();
        peer.process.BeginOutputReadLine();
        peer.process.BeginErrorReadLine();
        return peer;
    }

    /// <summary>
    /// The first line on its standard output; an error with all it said if it ends without one or takes too long.
    /// </summary>
    public async Task<string> FirstLineAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            return await firstLine.Task.WaitAsync(patience, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or EndOfStreamException)
        {
            throw new InvalidOperationException($"{Describe()} did not come up:\n{Output}", exception);
        }
    }

    /// <summary>Waits until it ends by itself; its exit code.</summary>
    public async Task<int> ExitCodeAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{Describe()} ran beyond {patience.TotalSeconds} s:\n{Output}", exception);
        }

        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.StandardInput.Close();
            using var limit = new CancellationTokenSource(TimeToEnd);
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        process.Dispose();
    }

    private string Describe() => $"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)}";

    private void Hear(string? line, bool isStandardOutput)
    {
        if (line is not null)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }

        if (!isStandardOutput)
        {
            return;
        }

        if (line is null)
        {
            firstLine.TrySetException(new EndOfStreamException());
        }
        else
        {
            firstLine.TrySetResult(line);
        }
    }
}
