using System.Data.Common;
using System.Diagnostics;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Dendrite.ServiceDefaults.Grpc;

/// <summary>
/// The one place where a failure becomes what a client receives, and is logged:
/// <code>
/// DendriteException              its status with google.rpc details; a client's mistake is information
/// a method nobody overrides      UNIMPLEMENTED with details
/// RpcException                   as it is: the handler chose it
/// the call's own end             CANCELLED, or DEADLINE_EXCEEDED
/// a database away for the moment UNAVAILABLE, to be tried again
/// anything else                  INTERNAL with the trace id; the exception is in the log only
/// </code>
/// </summary>
internal sealed partial class ErrorInterceptor(TimeProvider time, ILogger<ErrorInterceptor> logger) : AroundInterceptor
{
    // About as long as PostgreSQL takes to restart or fail over at its quickest.
    private static readonly TimeSpan DatabaseRetryAfter = TimeSpan.FromSeconds(1);

    // Kestrel fails the request's pipe first and cancels the call by the thread pool, which may be busy.
    private static readonly TimeSpan EndIsToldWithin = TimeSpan.FromSeconds(1);

    protected override async Task<T> AroundAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RpcException unimplemented) when (IsOfGeneratedBase(unimplemented))
        {
            throw ErrorStatus.ToRpcException(
                new DendriteException(
                    ErrorReason.NotImplemented,
                    $"{context.Method} is part of the contract and not of this server yet."
                )
            );
        }
        catch (RpcException chosen)
        {
            LogChosen(logger, context.Method, chosen.StatusCode, chosen.Status.Detail);
            throw;
        }
        catch (DendriteException refusal)
        {
            LogRefusal(refusal, context.Method);
            throw ErrorStatus.ToRpcException(refusal);
        }
        catch (Exception error) when (IsEndOfCall(error, context))
        {
            throw new RpcException(EndStatus(context));
        }
        catch (IOException broken)
        {
            throw await IsToldOfEndAsync(context) ? new RpcException(EndStatus(context)) : Unexpected(broken, context);
        }
        catch (DbException error) when (error.IsTransient)
        {
            LogDatabaseAway(logger, error, context.Method);
            throw ErrorStatus.ToRpcException(
                new DendriteException(ErrorReason.Unavailable, "The database is away for the moment: try again.", error)
                {
                    RetryAfter = DatabaseRetryAfter,
                }
            );
        }
        catch (Exception error)
        {
            throw Unexpected(error, context);
        }
    }

    /// <summary>What the generated base class throws for a method that nobody overrides: no text, no details.</summary>
    private static bool IsOfGeneratedBase(RpcException error) =>
        error is { StatusCode: StatusCode.Unimplemented, Status.Detail: "", Trailers.Count: 0 };

    /// <summary>
    /// The client went away or its time is up, and what was running noticed in one way or another: a write to a call
    /// that is over is an InvalidOperationException.
    /// </summary>
    private static bool IsEndOfCall(Exception error, ServerCallContext context) =>
        HasEnded(context) && error is (OperationCanceledException or IOException or InvalidOperationException);

    /// <summary>A read may find that the client has left before the call is told; whether it is in a moment.</summary>
    private static async Task<bool> IsToldOfEndAsync(ServerCallContext context)
    {
        await Task.Delay(EndIsToldWithin, context.CancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return HasEnded(context);
    }

    // A call with a deadline has a token of its own, which hears of the request's end a little later.
    private static bool HasEnded(ServerCallContext context) =>
        context.CancellationToken.IsCancellationRequested
        || context.GetHttpContext().RequestAborted.IsCancellationRequested;

    private Status EndStatus(ServerCallContext context) =>
        context.Deadline <= time.GetUtcNow().UtcDateTime
            ? new Status(StatusCode.DeadlineExceeded, "The deadline of the call has passed.")
            : new Status(StatusCode.Cancelled, "The call was cancelled.");

    private RpcException Unexpected(Exception error, ServerCallContext context)
    {
        LogUnexpected(logger, error, context.Method);
        var trace = Activity.Current?.TraceId.ToHexString() ?? context.GetHttpContext().TraceIdentifier;
        return ErrorStatus.ToRpcException(
            new DendriteException(
                ErrorReason.Internal,
                $"Something went wrong that should not have. Report the trace id {trace}: the log has the rest under"
                    + " it."
            )
            {
                Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["trace_id"] = trace },
            }
        );
    }

    private void LogRefusal(DendriteException refusal, string method)
    {
        switch (refusal.Reason)
        {
            case ErrorReason.DataDamaged or ErrorReason.Internal:
                LogDefect(logger, refusal, method, refusal.Reason);
                break;
            case ErrorReason.Unavailable:
                LogUnavailable(logger, method, refusal.Message);
                break;
            default:
                LogRefused(logger, method, refusal.Reason, refusal.Message);
                break;
        }
    }
}
