using System.Collections.Concurrent;
using Dendrite.Errors;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dendrite.Access;

/// <summary>
/// Looks now and then at the keys of the calls that are open, each key once however many calls it has, and has those
/// end whose key is no longer good, or reaches less than it did. Thread-safe.
/// </summary>
internal sealed partial class OpenCalls(
    ApiKeyAuthenticator authenticator,
    IOptions<AccessOptions> options,
    TimeProvider time,
    ILogger<OpenCalls> logger
) : BackgroundService
{
    /// <summary>Keys that are looked at side by side, where neither Redis nor PostgreSQL is quick.</summary>
    private const int Breadth = 8;

    private readonly ConcurrentDictionary<OpenCall, bool> calls = new();

    /// <summary>Looks after a call until it is disposed.</summary>
    public OpenCall Add(ServerCallContext context)
    {
        var authorization = context.GetHttpContext().Request.Headers.Authorization.ToString();
        var call = new OpenCall(authorization, context.GetCaller(), context, this);
        calls.TryAdd(call, true);
        call.Begin();
        return call;
    }

    public void Remove(OpenCall call) => calls.TryRemove(call, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.OpenCallCheckInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await CheckAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service ends; one that is disposed without being stopped would log this as an error.
        }
    }

    private async Task CheckAsync(CancellationToken stopping)
    {
        var keys = calls
            .Keys.Where(call => call.Refusal is null)
            .GroupBy(call => call.Authorization, StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            keys,
            new ParallelOptions { MaxDegreeOfParallelism = Breadth },
            async (key, _) => await CheckAsync(key.Key, [.. key], stopping)
        );
    }

    private async Task CheckAsync(string authorization, OpenCall[] open, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(options.Value.OpenCallCheckInterval, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        try
        {
            var now = await authenticator.AuthenticateAsync(authorization, either.Token);
            foreach (var call in open.Where(call => !now.ReachesAllOf(call.Caller)))
            {
                Refuse(call, Narrowed(now));
            }
        }
        catch (DendriteException refusal) when (refusal.Reason == ErrorReason.Unauthenticated)
        {
            foreach (var call in open)
            {
                Refuse(call, new(refusal.Reason, refusal.Message));
            }
        }
        catch (Exception unknown) when (!stopping.IsCancellationRequested)
        {
            // It says nothing about the key: the next look will.
            LogUnknown(logger, open[0].Caller.KeyId, unknown.Message);
        }
    }

    /// <summary>Has a call end, and cuts it off where it does not, however long the looks take.</summary>
    private void Refuse(OpenCall call, DendriteException reason)
    {
        call.Refuse(reason);
        _ = CutOffAsync(call);
    }

    private async Task CutOffAsync(OpenCall call)
    {
        await Task.Delay(options.Value.OpenCallEndTimeout, time);
        if (call.Abort())
            LogCutOff(logger, call.Caller.KeyId);
    }

    /// <summary>What the call needs only its handler knows: who makes it again is told, or goes on.</summary>
    private static DendriteException Narrowed(Caller now) =>
        new(ErrorReason.Unavailable, $"The API key '{now.KeyId}' reaches less than it did: make the call again.");

    [LoggerMessage(
        1401,
        LogLevel.Warning,
        "Whether the API key {KeyId} of open calls is still good is not known: {Problem}"
    )]
    private static partial void LogUnknown(ILogger logger, string keyId, string problem);

    [LoggerMessage(1402, LogLevel.Information, "A call of the API key {KeyId} did not end and is cut off")]
    private static partial void LogCutOff(ILogger logger, string keyId);
}
