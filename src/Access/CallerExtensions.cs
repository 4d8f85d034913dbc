using Grpc.Core;

namespace Dendrite.Access;

/// <summary>The caller of a call in progress.</summary>
public static class CallerExtensions
{
    private static readonly object UserStateKey = typeof(Caller);

    /// <summary>Who makes this call. There is always one: without a good key a call does not get this far.</summary>
    /// <exception cref="InvalidOperationException">The service does not use <c>AddAccess</c>.</exception>
    public static Caller GetCaller(this ServerCallContext context) =>
        context.UserState.TryGetValue(UserStateKey, out var caller)
            ? (Caller)caller
            : throw new InvalidOperationException(
                $"{context.Method} runs without AddAccess: nobody was authenticated."
            );

    internal static void SetCaller(this ServerCallContext context, Caller caller) =>
        context.UserState[UserStateKey] = caller;
}
