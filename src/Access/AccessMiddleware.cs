using System.Buffers;
using System.IO.Pipelines;
using Dendrite.ServiceDefaults.Grpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dendrite.Access;

/// <summary>
/// Finds out who calls from the headers, before a message is read: who has no good key makes this process hold none.
/// A refused call goes on to <see cref="AccessInterceptor"/> with an empty message in place of its own, so that it is
/// refused where errors are reported and logged. It runs before routing.
/// </summary>
internal sealed class AccessMiddleware(RequestDelegate next, ApiKeyAuthenticator authenticator)
{
    /// <summary>One that is not compressed and has no bytes: a message of every type.</summary>
    private static readonly ReadOnlySequence<byte> EmptyMessage = new(new byte[5]);

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        // By these comes no call. By OPTIONS one may: routing takes it for the preflight of a POST, and the server
        // serves what has the content type of a call.
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            return next(context);
        if (!WellKnownMethods.IsInfrastructure(request.Path.Value!))
            return AuthenticateAsync(context);
        context.Features.Set<IRequestBodyPipeFeature>(new Body(new ShortMessages(request.BodyReader)));
        return next(context);
    }

    private async Task AuthenticateAsync(HttpContext context)
    {
        try
        {
            var authorization = context.Request.Headers.Authorization.ToString();
            context.SetCaller(await authenticator.AuthenticateAsync(authorization, context.RequestAborted));
        }
        catch (Exception refusal)
        {
            context.SetRefusal(refusal);
            context.Features.Set<IRequestBodyPipeFeature>(new Body(PipeReader.Create(EmptyMessage)));
        }

        await next(context);
    }

    /// <summary>Puts it before whatever else the application consists of.</summary>
    internal sealed class Startup : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.UseMiddleware<AccessMiddleware>();
                next(app);
            };
    }

    private sealed class Body(PipeReader reader) : IRequestBodyPipeFeature
    {
        public PipeReader Reader => reader;
    }
}
