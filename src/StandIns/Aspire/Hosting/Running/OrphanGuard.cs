using System.Diagnostics;

namespace Aspire.Hosting.Running;

/// <summary>
/// A shell that is told which children run and, when its input ends because this process died, signals those that still
/// do. For systems without setpriv, such as macOS.
/// </summary>
internal sealed class OrphanGuard : IDisposable
{
    // Signals of the terminal are not for it: it ends when its input does.
    private const string Script = """
        trap '' INT TERM HUP
        running=
        while read -r verb child; do
          case $verb in
            add) running="$running $child" ;;
            remove) kept=; for one in $running; do [ "$one" = "$child" ] || kept="$kept $one"; done; running=$kept ;;
          esac
        done
        for one in $running; do kill -s "${one%%:*}" "${one##*:}" 2>/dev/null; done
        """;

    private readonly Lock gate = new();
    private readonly Process shell;

    public OrphanGuard()
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        shell = Process.Start(start) ?? throw new DistributedApplicationException("Could not start /bin/sh");
        shell.StandardInput.AutoFlush = true;
    }

    public void Watch(LocalProcess process, UnixSignal signal)
    {
        var child = $"{signal.ToString().ToUpperInvariant()}:{process.Id}";
        Tell($"add {child}");
        // A process id may be used again once its process is gone: it must not be signalled then.
        _ = process.Exited.ContinueWith(_ => Tell($"remove {child}"), TaskScheduler.Default);
    }

    public void Dispose()
    {
        lock (gate)
        {
            shell.StandardInput.Close();
            shell.Dispose();
        }
    }

    private void Tell(string message)
    {
        lock (gate)
        {
            try
            {
                shell.StandardInput.WriteLine(message);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // Someone killed the shell, or all is being taken down: children are stopped by this process itself.
            }
        }
    }
}
