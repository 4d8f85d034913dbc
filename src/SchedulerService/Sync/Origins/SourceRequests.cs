using System.Net.Sockets;
using System.Text.Json;
using Dendrite.Errors;
using Npgsql;
using Polly;
using Polly.Retry;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>
/// Makes the requests of one sync to its source: no faster than it allows, failures that pass tried again after
/// exponentially growing waits or when the source says so. Thread-safe.
/// </summary>
internal sealed class SourceRequests
{
    private readonly SyncOptions options;
    private readonly RequestPace pace;
    private readonly ResiliencePipeline retries;
    private long sent;
    private long retried;

    /// <param name="pace">Shared by all that is asked of the source at once.</param>
    public SourceRequests(SyncOptions options, RequestPace pace, int maxAttempts, TimeProvider time)
    {
        this.options = options;
        this.pace = pace;
        MaxAttempts = maxAttempts;
        retries = BuildRetries(maxAttempts, time);
    }

    /// <summary>How often a request is made until it is given up.</summary>
    public int MaxAttempts { get; }

    /// <summary>Told after each request that failed.</summary>
    public Action<Exception> Failed { get; init; } = _ => { };

    /// <summary>Requests sent, those that were tried again included.</summary>
    public long Sent => Interlocked.Read(ref sent);

    /// <summary>Those that were tried again.</summary>
    public long Retried => Interlocked.Read(ref retried);

    /// <summary>Makes a request and reads its answer, as often as it takes.</summary>
    /// <param name="source">Whom is asked, for the message.</param>
    /// <exception cref="DendriteException">UNAVAILABLE: it failed each time.</exception>
    public async Task<T> RunAsync<T>(
        string source,
        Func<CancellationToken, Task<T>> request,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await retries.ExecuteAsync(
                async token =>
                {
                    await pace.WaitAsync(token);
                    Interlocked.Increment(ref sent);
                    return await request(token);
                },
                cancellationToken
            );
        }
        catch (Exception failure) when (IsPassing(failure))
        {
            throw new DendriteException(
                ErrorReason.Unavailable,
                $"{source} failed for now, the last time because: {Describe(failure)}",
                failure
            )
            {
                RetryAfter = (failure as BusySourceException)?.RetryAfter,
            };
        }
    }

    /// <summary>Whether the same request may succeed a moment later.</summary>
    public static bool IsPassing(Exception failure) =>
        failure
            is HttpRequestException
                or IOException
                or TimeoutException
                or SocketException
                or JsonException
                or BusySourceException
                or NpgsqlException { IsTransient: true };

    private static string Describe(Exception failure) =>
        failure switch
        {
            JsonException => "its answer is cut off or no JSON.",
            PostgresException postgres => postgres.MessageText,
            NpgsqlException => "the connection to PostgreSQL failed or broke off.",
            _ => failure.Message,
        };

    private ResiliencePipeline BuildRetries(int maxAttempts, TimeProvider time)
    {
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = time };
        if (maxAttempts > 1)
        {
            pipeline.AddRetry(
                new RetryStrategyOptions
                {
                    MaxRetryAttempts = maxAttempts - 1,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = options.FirstDelay,
                    MaxDelay = options.MaxDelay,
                    ShouldHandle = arguments => ValueTask.FromResult(MayTryAgain(arguments.Outcome.Exception)),
                    // What the source says counts more than what we would do.
                    DelayGenerator = arguments =>
                        ValueTask.FromResult((arguments.Outcome.Exception as BusySourceException)?.RetryAfter),
                    OnRetry = arguments =>
                    {
                        Interlocked.Increment(ref retried);
                        Failed(arguments.Outcome.Exception!);
                        return ValueTask.CompletedTask;
                    },
                }
            );
        }

        return pipeline.Build();
    }

    private bool MayTryAgain(Exception? failure) =>
        failure is not null
        && IsPassing(failure)
        && !(failure is BusySourceException { RetryAfter: { } wait } && wait > options.MaxRetryAfter);
}

/// <summary>A source is overloaded or away for the moment.</summary>
internal sealed class BusySourceException(string message, TimeSpan? retryAfter) : Exception(message)
{
    /// <summary>How long it asks to be left alone; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
