using Dendrite.Storage.Access;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dendrite.Access;

public static class AccessExtensions
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>In which the client is told why.</summary>
    private static readonly TimeSpan ShortestEnd = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

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
        builder.Services.AddSingleton<OpenCalls>();
        builder.Services.AddHostedService(services => services.GetRequiredService<OpenCalls>());
        builder.Services.AddSingleton<OpenCallInterceptor>();
        builder
            .Services.AddOptions<AccessOptions>()
            .Bind(builder.Configuration.GetSection("Access"))
            .Validate(
                options =>
                    options.OpenCallCheckInterval >= ShortestInterval
                    && options.OpenCallCheckInterval <= Longest
                    && options.OpenCallEndTimeout >= ShortestEnd
                    && options.OpenCallEndTimeout <= Longest,
                "Access:OpenCallCheckInterval must be 10 ms to 10 s, and Access:OpenCallEndTimeout 0.1 s to 10 s."
            )
            .ValidateOnStart();
        builder.Services.AddGrpc(options =>
        {
            options.Interceptors.Add<AccessInterceptor>();
            options.Interceptors.Add<OpenCallInterceptor>();
        });
    }
}
