using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Jobs;

/// <summary>Looks at a run again and again until it has ended; see <see cref="Following"/>.</summary>
internal static class RunWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <param name="show">Is given each look at it, the last one included.</param>
    /// <exception cref="CliException">It is followed no more, and goes on.</exception>
    public static Task<Run> UntilEndAsync(
        Session session,
        Run run,
        Func<Run, Reconnecting, Task> show,
        CancellationToken cancellationToken
    ) =>
        OrSayHowAsync(
            session,
            RunView.IdOf(run),
            async connection =>
            {
                while (true)
                {
                    var answer = await connection.AskAsync(
                        async () =>
                            await session.Platform.Jobs.GetRunAsync(
                                new() { Name = run.Name },
                                cancellationToken: cancellationToken
                            ),
                        cancellationToken
                    );
                    await show(answer.Run, connection);
                    if (answer.Run.EndTime is not null)
                        return answer.Run;
                    await Task.Delay(Interval, session.Host.Time, cancellationToken);
                }
            },
            cancellationToken
        );

    /// <summary>Follows a run; where that ends before the run does, says how to go on with it.</summary>
    /// <param name="run">As commands take it: <c>JOB/RUN</c>.</param>
    /// <inheritdoc cref="Following.OrSayHowAsync"/>
    public static Task<T> OrSayHowAsync<T>(
        Session session,
        string run,
        Func<Reconnecting, Task<T>> follow,
        CancellationToken cancellationToken
    ) =>
        Following.OrSayHowAsync(
            session,
            ("run", $"job log {run} --follow", $"job cancel {run}"),
            follow,
            cancellationToken
        );
}
