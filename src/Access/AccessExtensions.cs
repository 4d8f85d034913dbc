using Dendrite.Storage.Access;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dendrite.Access;

public static class AccessExtensions
{
    /// <summary>
    /// Makes every RPC but health and reflection ask for an API key. Call it after <c>AddServiceDefaults</c> and
    /// <c>AddPlatformConnections</c>: errors are to be reported and calls counted before anybody is asked for a key.
    /// </summary>
    public static void AddAccess(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ApiKeyStore>();
        builder.Services.AddSingleton<ApiKeyAuthenticator>();
        builder.Services.AddSingleton<IStartupFilter, AccessMiddleware.Startup>();
        builder.Services.AddSingleton<AccessInterceptor>();
        builder.Services.AddGrpc(options => options.Interceptors.Add<AccessInterceptor>());
    }
}
