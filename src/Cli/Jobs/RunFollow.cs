using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Spectre.Console;

namespace Dendrite.Cli.Jobs;

/// <summary>Follows a run to its end: its log as it is written, and how far it is.</summary>
internal static class RunFollow
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>Log lines go to standard error; at a terminal a bar stays below them.</summary>
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

    /// <summary>Gives each line as it comes.</summary>
    public static async Task ReadLogAsync(
        Session session,
        ReadRunLogRequest request,
        Action<RunLogLine> show,
        CancellationToken cancellationToken
    )
    {
        using var call = session.Platform.Jobs.ReadRunLog(request, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
            foreach (var line in call.ResponseStream.Current.Lines)
                show(line);
    }

    private static async Task<Run> FollowAsync(
        Session session,
        Run run,
        Action<Run> show,
        Action<RunLogLine> showLine,
        CancellationToken cancellationToken
    )
    {
        // Ends with the run.
        var log = ReadLogAsync(session, new() { Name = run.Name, Follow = true }, showLine, cancellationToken);
        while (run.EndTime is null)
        {
            await Task.WhenAny(log, Task.Delay(Look, session.Host.Time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            var answer = await session.Platform.Jobs.GetRunAsync(
                new() { Name = run.Name },
                cancellationToken: cancellationToken
            );
            run = answer.Run;
            show(run);
            if (log.IsFaulted)
                await log;
        }

        await log;
        return run;
    }

    private static void Show(ProgressTask bar, Run run)
    {
        bar.Description = Markup.Escape(run.Progress?.Step ?? RunView.StateOf(run));
        if (run.Progress is not { } progress)
            return;
        bar.MaxValue = Math.Max(1, progress.Total);
        bar.Value = progress.Done;
        bar.IsIndeterminate = !progress.HasTotal;
    }
}
