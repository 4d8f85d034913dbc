using Aspire.Hosting.Running;

namespace Dendrite.StandIns.Aspire.Tests;

/// <summary>The ways in which children are tied to the process that started them.</summary>
public sealed class OrphanTests
{
    private static readonly LaunchPlan Sleep = new("sleep", ["600"], Path.GetTempPath())
    {
        OrphanSignal = UnixSignal.Term,
    };

    [Fact]
    public async Task Without_setpriv_a_guard_ends_the_children_when_its_input_ends()
    {
        var launcher = new ProcessLauncher(setpriv: null);
        using var child = await launcher.StartAsync(Sleep, _ => { }).Bounded();

        // Closes the guard's input, as the death of this process would.
        launcher.Dispose();

        Assert.Equal(128 + (int)UnixSignal.Term, await child.Exited.Bounded());
    }

    [Fact]
    public async Task The_guard_forgets_a_child_that_has_ended()
    {
        using var launcher = new ProcessLauncher(setpriv: null);
        using var ended = await launcher.StartAsync(Sleep, _ => { }).Bounded();
        using var running = await launcher.StartAsync(Sleep, _ => { }).Bounded();

        ended.Send(UnixSignal.Kill);

        Assert.Equal(128 + (int)UnixSignal.Kill, await ended.Exited.Bounded());
        Assert.False(running.Exited.IsCompleted);
        running.Send(UnixSignal.Kill);
        await running.Exited.Bounded();
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named()
    {
        using var launcher = new ProcessLauncher(setpriv: null);

        var failure = await Assert.ThrowsAsync<global::Aspire.Hosting.DistributedApplicationException>(() =>
            launcher.StartAsync(new LaunchPlan("/nowhere/server", [], Path.GetTempPath()), _ => { })
        );

        Assert.Contains("/nowhere/server", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_is_heard_line_by_line_and_its_last_lines_are_kept()
    {
        using var launcher = new ProcessLauncher();
        List<string> lines = [];

        var plan = new LaunchPlan("/bin/sh", ["-c", "seq 1 100; echo oops >&2; exit 4"], Path.GetTempPath());
        using var child = await launcher
            .StartAsync(
                plan,
                line =>
                {
                    lock (lines)
                    {
                        lines.Add(line);
                    }
                }
            )
            .Bounded();

        Assert.Equal(4, await child.Exited.Bounded());
        Assert.Equal(101, lines.Count);
        // Two pipes have no common order: what went to the other one may have been heard first.
        Assert.Contains("oops", lines);
        Assert.Contains("\n100", child.LastLines, StringComparison.Ordinal);
        Assert.DoesNotContain("\n50\n", child.LastLines, StringComparison.Ordinal);
    }
}
