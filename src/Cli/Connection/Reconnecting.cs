using Dendrite.Cli.Output;
using Dendrite.Contracts.Errors;
using Grpc.Core;

namespace Dendrite.Cli.Connection;

/// <summary>
/// What is done about a platform that goes away while something is followed: it is asked again, after pauses that grow,
/// for two minutes or so. Whoever watches is told once for each loss. For one caller at a time.
/// </summary>
internal sealed class Reconnecting(CliOutput output, TimeProvider time)
{
    /// <summary>Attempts in a row without an answer before it is given up: two minutes or so.</summary>
    private const int MaxAttempts = 30;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Attempts in a row without an answer.</summary>
    private int lost;

    /// <summary>Whether it may help to ask again, and it is not too long that nobody answers.</summary>
    /// <param name="cancellationToken">Of whoever follows: who leaves asks no more.</param>
    public bool MayHelp(RpcException error, CancellationToken cancellationToken) =>
        IsLoss(error) && !cancellationToken.IsCancellationRequested && lost + 1 < MaxAttempts;

    /// <summary>
    /// A service says why it fails, also where that is its own fault. A connection that is cut off says nothing, and
    /// has one code or another by what came last: a server that goes may end it with the one for "no error".
    /// </summary>
    private static bool IsLoss(RpcException error) =>
        error.StatusCode is StatusCode.Unavailable
        || (
            error.StatusCode is StatusCode.Internal or StatusCode.Unknown or StatusCode.Cancelled
            && ErrorStatus.FromRpcException(error) is null
        );

    /// <summary>An answer came: the next loss has all attempts before it.</summary>
    public void Answered() => lost = 0;

    /// <summary>Says that the connection is lost, where that is new, and waits for the next attempt.</summary>
    /// <param name="place">Where it was lost, such as <c>at sample 7</c>; null where that says nothing.</param>
    public async Task PauseAsync(string? place, CancellationToken cancellationToken)
    {
        if (lost == 0)
        {
            output.Warn($"The connection was lost{(place is null ? "" : $" {place}")}; trying again.");
        }
        var pause = FirstPause * Math.Pow(2, Math.Min(lost, 10));
        lost++;
        await Task.Delay(pause < LongestPause ? pause : LongestPause, time, cancellationToken);
    }

    /// <summary>Asks until there is an answer. What is asked may be asked twice: it changes nothing.</summary>
    /// <exception cref="RpcException">It would not help to ask again, or nobody answers for too long.</exception>
    public async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var answer = await ask();
                Answered();
                return answer;
            }
            catch (RpcException error) when (MayHelp(error, cancellationToken)) { }
            await PauseAsync(place: null, cancellationToken);
        }
    }
}
