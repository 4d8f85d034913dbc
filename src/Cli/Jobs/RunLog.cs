using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Jobs;

/// <summary>The log of a run as it is read: each line once, whatever became of the connection in between.</summary>
/// <param name="name">Resource name of the run.</param>
/// <param name="show">Is given each line, in order.</param>
internal sealed class RunLog(Session session, string name, Action<RunLogLine> show)
{
    /// <summary>Number of the next line.</summary>
    private long next;

    /// <summary>Reads what there is behind the lines that came.</summary>
    /// <exception cref="RpcException">There is no such run, or nobody answers.</exception>
    public Task ReadAsync(CancellationToken cancellationToken) =>
        ReadAsync(follows: false, answered: () => { }, cancellationToken);

    /// <summary>As the other one; a platform that goes away is waited for.</summary>
    public Task ReadAsync(Reconnecting connection, CancellationToken cancellationToken) =>
        ReadAsync(follows: false, connection, cancellationToken);

    /// <summary>Reads until the run ends. A platform that goes away is waited for.</summary>
    /// <returns>The run as it ended.</returns>
    /// <exception cref="CliException">It is followed no more, and goes on.</exception>
    public Task<Run> FollowAsync(CancellationToken cancellationToken) =>
        RunWatch.OrSayHowAsync(
            session,
            RunView.IdOf(name),
            async connection =>
            {
                await ReadAsync(follows: true, connection, cancellationToken);
                var ended = await connection.AskAsync(
                    async () =>
                        await session.Platform.Jobs.GetRunAsync(
                            new() { Name = name },
                            cancellationToken: cancellationToken
                        ),
                    cancellationToken
                );
                return ended.Run;
            },
            cancellationToken
        );

    private async Task ReadAsync(bool follows, Reconnecting connection, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await ReadAsync(follows, connection.Answered, cancellationToken);
                return;
            }
            catch (RpcException lost) when (connection.MayHelp(lost, cancellationToken)) { }
            await connection.PauseAsync(place: null, cancellationToken);
        }
    }

    private async Task ReadAsync(bool follows, Action answered, CancellationToken cancellationToken)
    {
        var request = new ReadRunLogRequest
        {
            Name = name,
            StartLine = next,
            Follow = follows,
        };
        using var call = session.Platform.Jobs.ReadRunLog(request, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            answered();
            foreach (var line in call.ResponseStream.Current.Lines)
            {
                show(line);
                next = line.Line + 1;
            }
        }

        answered();
    }
}
