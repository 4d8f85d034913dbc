using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Grpc.Net.ClientFactory;

/// <summary>One channel for each name, made on first use and closed with the container. Thread-safe.</summary>
internal sealed class NamedChannels(
    IServiceScopeFactory scopes,
    IHttpMessageHandlerFactory handlers,
    IOptionsMonitor<GrpcClientFactoryOptions> options,
    IOptionsMonitor<HttpClientFactoryOptions> httpOptions
) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Entry>> entries = new(StringComparer.Ordinal);

    public CallInvoker Get(string name) =>
        entries.GetOrAdd(name, static (key, owner) => new Lazy<Entry>(() => owner.Create(key)), this).Value.Invoker;

    public void Dispose()
    {
        foreach (var entry in entries.Values.Where(entry => entry.IsValueCreated))
        {
            entry.Value.Channel.Dispose();
            entry.Value.Scope.Dispose();
        }
    }

    private Entry Create(string name)
    {
        var settings = options.Get(name);
        var channelOptions = new GrpcChannelOptions { HttpHandler = handlers.CreateHandler(name) };
        foreach (var configure in settings.ChannelOptionsActions)
        {
            configure(channelOptions);
        }

        var address =
            settings.Address
            ?? BaseAddress(httpOptions.Get(name))
            ?? throw new InvalidOperationException(
                $"The gRPC client '{name}' has no address: set it by AddGrpcClient(options => options.Address = ...)."
            );
        CheckCredentials(name, settings, channelOptions, address);
        var channel = GrpcChannel.ForAddress(address, channelOptions);
        var scope = scopes.CreateScope();
        var invoker = channel
            .CreateCallInvoker()
            .InterceptWith(settings, scope.ServiceProvider, InterceptorScope.Channel);
        return new Entry(channel, scope, invoker);
    }

    /// <summary>
    /// The address given by <c>ConfigureHttpClient</c>: the actions are run on a client that nobody uses.
    /// </summary>
    private static Uri? BaseAddress(HttpClientFactoryOptions http)
    {
        if (http.HttpClientActions.Count == 0)
        {
            return null;
        }

        using var probe = new HttpClient();
        foreach (var configure in http.HttpClientActions)
        {
            configure(probe);
        }

        return probe.BaseAddress;
    }

    private static void CheckCredentials(
        string name,
        GrpcClientFactoryOptions settings,
        GrpcChannelOptions channelOptions,
        Uri address
    )
    {
        if (
            settings.HasCallCredentials
            && address.Scheme != Uri.UriSchemeHttps
            && !channelOptions.UnsafeUseInsecureChannelCallCredentials
        )
        {
            throw new InvalidOperationException(
                $"Call credential configured for gRPC client '{name}' requires TLS: use an https address, or set "
                    + "GrpcChannelOptions.UnsafeUseInsecureChannelCallCredentials in ConfigureChannel."
            );
        }
    }

    private sealed record Entry(GrpcChannel Channel, IServiceScope Scope, CallInvoker Invoker);
}
