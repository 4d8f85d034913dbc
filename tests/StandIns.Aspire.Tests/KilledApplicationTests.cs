using System.Diagnostics;
using Aspire.Hosting.Running;

namespace Dendrite.StandIns.Aspire.Tests;

/// <summary>An AppHost, in a process of its own, is killed or asked to stop.</summary>
public sealed class KilledApplicationTests : IAsyncDisposable
{
    private readonly TemporaryFolder store = new();
    private readonly List<Process> hosts = [];

    [Fact]
    public async Task Nothing_outlives_a_killed_application_host()
    {
        var host = Start();
        var children = await ChildrenOnceHealthyAsync(host);

        host.Kill();

        Assert.True(children.Count >= 3, $"Children: {string.Join(", ", children)}");
        await Patience.UntilAsync(() => !children.Exists(IsAlive));
    }

    [Fact]
    public async Task The_next_application_host_starts_on_what_a_killed_one_left()
    {
        var killed = Start();
        await ChildrenOnceHealthyAsync(killed);
        killed.Kill();

        var next = Start();
        var children = await ChildrenOnceHealthyAsync(next);

        await StopAsync(next);
        Assert.DoesNotContain(children, IsAlive);
    }

    [Fact]
    public async Task Asked_to_stop_it_stops_everything_and_ends_with_0()
    {
        var host = Start();
        var children = await ChildrenOnceHealthyAsync(host);

        await StopAsync(host);

        Assert.Equal(0, host.ExitCode);
        Assert.DoesNotContain(children, IsAlive);
        Assert.False(Directory.Exists(store.File("temporary-1")));
    }

    [Fact]
    public async Task A_second_application_host_works_beside_the_first()
    {
        var first = Start();
        var second = Start();

        await ChildrenOnceHealthyAsync(first);
        await ChildrenOnceHealthyAsync(second);

        await StopAsync(first);
        Assert.False(second.HasExited);
        await StopAsync(second);
    }

    [Fact]
    public async Task It_stops_when_the_process_that_it_was_started_for_is_gone()
    {
        using var parent = Process.Start(new ProcessStartInfo("sleep", ["600"]))!;
        var host = StartFor(parent.Id);
        await ChildrenOnceHealthyAsync(host);

        parent.Kill();

        await host.WaitForExitAsync(TestContext.Current.CancellationToken).Bounded();
        Assert.Equal(0, host.ExitCode);
    }

    [Fact]
    public async Task Its_exit_code_is_that_of_the_resource_that_failed()
    {
        var host = Start("job", "5");

        await host.WaitForExitAsync(TestContext.Current.CancellationToken).Bounded();

        Assert.Equal(5, host.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            if (!host.HasExited)
            {
                await StopAsync(host);
            }

            host.Dispose();
        }

        store.Dispose();
    }

    // A zombie has ended and waits for its parent to take note.
    private static bool IsAlive(int processId) =>
        Read($"/proc/{processId}/stat") is { Length: > 0 } stat && !stat.Contains(") Z ", StringComparison.Ordinal);

    private Process Start(params string[] arguments) => StartFor(Environment.ProcessId, arguments);

    private Process StartFor(int parent, params string[] arguments)
    {
        Assert.SkipUnless(
            Directory.Exists("/proc/self"),
            "Children are found by /proc, which this system does not have"
        );
        var facts = new BuildFacts(typeof(KilledApplicationTests).Assembly);
        var assembly = facts.AssemblyOf(new Projects.SampleAppHost().ProjectPath);
        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments]) { RedirectStandardOutput = true };
        start.Environment["Aspire__Store__Path"] = store.Path;
        start.Environment["ASPIRE_CLI_PID"] = $"{parent}";
        var host = Process.Start(start)!;
        hosts.Add(host);
        host.OutputDataReceived += (_, _) => { };
        host.BeginOutputReadLine();
        return host;
    }

    private static async Task StopAsync(Process host)
    {
        UnixSystem.Send(host.Id, UnixSignal.Term);
        await host.WaitForExitAsync(TestContext.Current.CancellationToken).Bounded();
    }

    // The service starts last; it has read its assembly from the disk by the time its command line is that of dotnet.
    private static async Task<List<int>> ChildrenOnceHealthyAsync(Process host)
    {
        List<int> children = [];
        await Patience.UntilAsync(() =>
        {
            Assert.False(host.HasExited, "The application host has ended");
            children = ChildrenOf(host.Id);
            return children.Exists(c => CommandLine(c).Contains("SampleService", StringComparison.Ordinal));
        });
        return children;
    }

    private static List<int> ChildrenOf(int processId) =>
        [
            .. Directory
                .EnumerateDirectories($"/proc/{processId}/task")
                .SelectMany(task => Read($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(int.Parse),
        ];

    private static string CommandLine(int processId) => Read($"/proc/{processId}/cmdline");

    // Empty where the process, or the thread, has ended meanwhile.
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }
}
