using System.Runtime.ExceptionServices;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Dendrite.Access;

/// <summary>The caller of a call in progress.</summary>
public static class CallerExtensions
{
    /// <summary>What is put here by the request is the <see cref="ServerCallContext.UserState"/> of its call.</summary>
    private static readonly object CallerKey = typeof(Caller);
    private static readonly object RefusalKey = typeof(AccessMiddleware);

    /// <summary>Who makes this call. There is always one: without a good key a call does not get this far.</summary>
    /// <exception cref="InvalidOperationException">The service does not use <c>AddAccess</c>.</exception>
    public static Caller GetCaller(this ServerCallContext context) =>
        context.UserState.TryGetValue(CallerKey, out var caller)
            ? (Caller)caller
            : throw new InvalidOperationException(
                $"{context.Method} runs without AddAccess: nobody was authenticated."
            );

    internal static void SetCaller(this HttpContext request, Caller caller) => request.Items[CallerKey] = caller;

    /// <param name="refusal">Why it has no caller.</param>
    internal static void SetRefusal(this HttpContext request, Exception refusal) => request.Items[RefusalKey] = refusal;

    internal static void ThrowIfRefused(this HttpContext request)
    {
        if (request.Items.TryGetValue(RefusalKey, out var refusal))
            ExceptionDispatchInfo.Throw((Exception)refusal!);
    }
}
