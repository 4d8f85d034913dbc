using Dendrite.ServiceDefaults.Draining;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dendrite.ServiceDefaults.Grpc;

internal static class ServiceGrpcExtensions
{
    /// <summary>
    /// The largest request: a raw block of some 1000 channels is well below; a bulk of records is split.
    /// </summary>
    private const int MaxReceiveMessageBytes = 8 * 1024 * 1024;

    /// <summary>
    /// The largest response is what gRPC clients of every language take unless they are told otherwise.
    /// </summary>
    private const int MaxSendMessageBytes = 4 * 1024 * 1024;

    // One connection of a service or a gateway carries its many calls; the default of 100 would queue them.
    private const int MaxCallsPerConnection = 2000;

    // Bytes that may be on their way: enough for a block in flight per stream at gigabit speeds, small beside the
    // memory.
    private const int StreamWindowBytes = 2 * 1024 * 1024;
    private const int ConnectionWindowBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(20);

    public static void AddServiceGrpc(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, WirePool.Factory>();
        builder.Services.Configure<KestrelServerOptions>(ConfigureKestrel);
        builder.Services.AddSingleton<ErrorInterceptor>();
        builder.Services.AddSingleton<DrainInterceptor>();
        builder.Services.AddSingleton<UnreadMessages.Interceptor>();
        builder.Services.AddSingleton<IStartupFilter, UnreadMessages.Startup>();
        builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = MaxReceiveMessageBytes;
            options.MaxSendMessageSize = MaxSendMessageBytes;
            // What an exception says is for the log, never for the caller.
            options.EnableDetailedErrors = false;
            options.Interceptors.Add<ErrorInterceptor>();
            options.Interceptors.Add<DrainInterceptor>();
            options.Interceptors.Add<UnreadMessages.Interceptor>();
        });
        builder.Services.AddGrpcHealthChecks();
        if (builder.Environment.IsDevelopment())
            builder.Services.AddGrpcReflection();
    }

    public static void MapServiceGrpc(this WebApplication app)
    {
        app.MapGrpcHealthChecksService();
        if (app.Environment.IsDevelopment())
            app.MapGrpcReflectionService();
    }

    private static void ConfigureKestrel(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        // A device may rightly send nothing for a long while.
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Limits.Http2.MaxStreamsPerConnection = MaxCallsPerConnection;
        options.Limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
        options.Limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
        // A gateway that lost its network is noticed, and its append stream ends, within a minute.
        options.Limits.Http2.KeepAlivePingDelay = PingDelay;
        options.Limits.Http2.KeepAlivePingTimeout = PingTimeout;
    }
}
