using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;

namespace Grpc.Core;

/// <summary>From a call to the HTTP request that carries it.</summary>
public static class ServerCallContextExtensions
{
    /// <summary>
    /// Where tests that make their own <see cref="ServerCallContext"/> put an <see cref="HttpContext"/>.
    /// </summary>
    private const string HttpContextKey = "__HttpContext";

    /// <summary>The HTTP request of this call.</summary>
    /// <exception cref="InvalidOperationException">The context is of another server, without a request.</exception>
    public static HttpContext GetHttpContext(this ServerCallContext serverCallContext)
    {
        ArgumentNullException.ThrowIfNull(serverCallContext);
        if (serverCallContext is HttpCallContext call)
        {
            return call.HttpContext;
        }

        return serverCallContext.UserState.TryGetValue(HttpContextKey, out var value) && value is HttpContext context
            ? context
            : throw new InvalidOperationException("This ServerCallContext has no HttpContext.");
    }
}
