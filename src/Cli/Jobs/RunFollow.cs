using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Spectre.Console;

namespace Dendrite.Cli.Jobs;

/// <summary>Follows a run to its end: its log as it is written, and how far it is.</summary>
internal static class RunFollow
{
    /// <summary>Log lines go to standard error; at a terminal a bar stays below them.</summary>
    /// <exception cref="CliException">It is followed no more, and goes on.</exception>
    public static async Task<Run> UntilEndAsync(Session session, Run run, CancellationToken cancellationToken)
    {
        session.Output.Note($"run {RunView.IdOf(run)}");
        if (!session.Output.IsInteractive)
        {
            var last = "";
            return await FollowAsync(
                session,
                run,
                now =>
                {
                    if (now.Progress is { } progress && progress.Step != last)
                        session.Output.Note(last = progress.Step);
                },
                line => session.Output.Note(RunView.Line(line)),
                cancellationToken
            );
        }

        return await session
            .Output.Terminal.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context =>
            {
                var bar = context.AddTask("waiting for its turn", maxValue: 1);
                return FollowAsync(
                    session,
                    run,
                    now => Show(bar, now),
                    line => session.Output.Terminal.WriteLine(RunView.Line(line)),
                    cancellationToken
                );
            });
    }

    private static Task<Run> FollowAsync(
        Session session,
        Run run,
        Action<Run> show,
        Action<RunLogLine> showLine,
        CancellationToken cancellationToken
    )
    {
        var log = new RunLog(session, run.Name, showLine);
        return RunWatch.UntilEndAsync(
            session,
            run,
            async (now, connection) =>
            {
                // After the run: what one that has ended said is then among its lines.
                await log.ReadAsync(connection, cancellationToken);
                show(now);
            },
            cancellationToken
        );
    }

    private static void Show(ProgressTask bar, Run run)
    {
        var now = RunBar.Of(run);
        bar.Description = Markup.Escape(now.Text);
        bar.MaxValue = now.Total;
        bar.Value = now.Done;
        bar.IsIndeterminate = now.IsIndeterminate;
    }
}
