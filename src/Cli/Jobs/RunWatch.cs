using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Jobs;

/// <summary>
/// Looks at a run again and again until it has ended. A run does not need who looks: a scheduler that restarts is
/// waited for, and whoever has to leave is told how to come back.
/// </summary>
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
    public static async Task<T> OrSayHowAsync<T>(
        Session session,
        string run,
        Func<Reconnecting, Task<T>> follow,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await follow(new(session.Output, session.Host.Time));
        }
        // One that was deleted meanwhile does not go on.
        catch (Exception error)
            when (error is not RpcException { StatusCode: StatusCode.NotFound } and not CliException)
        {
            var left = cancellationToken.IsCancellationRequested
                ? new ErrorShape((int)ExitCode.Cancelled, "CANCELLED", "Followed no more.", Nothing)
                : Describe(error);
            throw new CliException((ExitCode)left.ExitCode, left.Reason, $"{left.Message} {HowToGoOn(run)}")
            {
                Details = left.Details,
            };
        }
    }

    private static Dictionary<string, string> Nothing => [];

    private static string HowToGoOn(string run) =>
        $"The run goes on; follow it with 'dendrite job log {run} --follow', stop it with 'dendrite job cancel {run}'.";

    /// <summary>To repeat the command, as an error says else, would begin another run.</summary>
    private static ErrorShape Describe(Exception error)
    {
        var shape = ErrorReport.Describe(error);
        return error is RpcException { StatusCode: StatusCode.Unavailable } lost
            ? shape with
            {
                Message = $"The platform has not answered for too long ({lost.Status.Detail}).",
            }
            : shape;
    }
}
