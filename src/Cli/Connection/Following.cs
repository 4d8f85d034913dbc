using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Grpc.Core;

namespace Dendrite.Cli.Connection;

/// <summary>
/// What the platform does whether anybody looks or not, and what somebody looks at: a service that restarts is waited
/// for, and whoever has to leave is told how to come back.
/// </summary>
internal static class Following
{
    private static Dictionary<string, string> Nothing => [];

    /// <summary>Follows work; where that ends before the work does, says how to go on with it.</summary>
    /// <param name="goesOn">What it is called, such as <c>run</c>, and the commands that follow and stop it.</param>
    /// <exception cref="CliException">It is followed no more, and goes on.</exception>
    public static async Task<T> OrSayHowAsync<T>(
        Session session,
        (string Work, string Again, string Stop) goesOn,
        Func<Reconnecting, Task<T>> follow,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await follow(new(session.Output, session.Host.Time));
        }
        // What was deleted meanwhile does not go on.
        catch (Exception error)
            when (error is not RpcException { StatusCode: StatusCode.NotFound } and not CliException)
        {
            var left = cancellationToken.IsCancellationRequested
                ? new ErrorShape((int)ExitCode.Cancelled, "CANCELLED", "Followed no more.", Nothing)
                : Describe(error);
            var (work, again, stop) = goesOn;
            var how = $"The {work} goes on; follow it with 'dendrite {again}', stop it with 'dendrite {stop}'.";
            throw new CliException((ExitCode)left.ExitCode, left.Reason, $"{left.Message} {how}")
            {
                Details = left.Details,
            };
        }
    }

    /// <summary>To repeat the command, as an error says else, would begin another.</summary>
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
