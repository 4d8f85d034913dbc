using Dendrite.Cli.Hosting;
using Dendrite.Cli.Jobs;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Dendrite.Cli.Workflows;

/// <summary>Follows an experiment to its end, step by step.</summary>
internal static class ExperimentFollow
{
    /// <summary>At a terminal a table of the steps that changes in place; else a line for each change.</summary>
    /// <exception cref="CliException">It is followed no more, and goes on.</exception>
    public static async Task<Run> UntilEndAsync(Session session, Run run, CancellationToken cancellationToken)
    {
        session.Output.Note($"run {RunView.IdOf(run)}");
        if (session.Output.IsInteractive)
            return await session
                .Output.Terminal.Live(Table(run))
                .StartAsync(live => FollowAsync(session, run, now => live.UpdateTarget(Table(now)), cancellationToken));
        var shown = new HashSet<string>(StringComparer.Ordinal);
        return await FollowAsync(session, run, now => ShowLines(session, now, shown), cancellationToken);
    }

    private static Task<Run> FollowAsync(
        Session session,
        Run run,
        Action<Run> show,
        CancellationToken cancellationToken
    ) =>
        RunWatch.UntilEndAsync(
            session,
            run,
            (now, _) =>
            {
                show(now);
                return Task.CompletedTask;
            },
            cancellationToken
        );

    private static void ShowLines(Session session, Run run, HashSet<string> shown)
    {
        foreach (var step in ExperimentStep.Of(run).Where(step => step.State != "pending"))
        {
            // Each attempt is told of anew.
            if (shown.Add($"{step.Id} {step.State} {step.Attempts} {step.Message}"))
                session.Output.Note(ExperimentView.Line(step));
        }

        if (run.State is RunState.Waiting)
        {
            if (shown.Add($"waiting {run.NextAttemptTime}"))
                session.Output.Note($"  {RunView.WaitOf(run)}");
            return;
        }

        if (run.EndTime is null && run.Progress?.Step is { Length: > 0 } doing && shown.Add($"doing {doing}"))
            session.Output.Note($"  {Shown.OnOneLine(doing)}");
    }

    private static IRenderable Table(Run run)
    {
        var grid = new Grid().AddColumn().AddColumn().AddColumn();
        foreach (var step in ExperimentStep.Of(run))
        {
            grid.AddRow(
                new Markup(Mark(step.State)),
                new Text(step.Id),
                new Text(Shown.OnOneLine(ExperimentView.DoingOf(step, run)))
            );
        }

        if (grid.Rows.Count == 0)
            grid.AddRow(new Markup("[grey]·[/]"), new Text("waiting for its turn"), new Text(""));
        return grid;
    }

    private static string Mark(string state) =>
        state switch
        {
            "succeeded" => "[green]✓[/]",
            "failed" => "[red]✗[/]",
            "running" => "[yellow]…[/]",
            _ => "[grey]·[/]",
        };
}
