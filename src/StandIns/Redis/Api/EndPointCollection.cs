using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace StackExchange.Redis;

/// <summary>The addresses of one Redis, in the order in which they are tried.</summary>
public sealed class EndPointCollection : Collection<EndPoint>
{
    private const int DefaultPort = 6379;

    /// <param name="hostAndPort">Such as <c>localhost:6379</c>, <c>10.0.0.1</c> or <c>[::1]:6380</c>; the port is 6379
    /// if left out.</param>
    /// <exception cref="ArgumentException">It does not parse.</exception>
    public void Add(string hostAndPort) =>
        Add(
            TryParse(hostAndPort)
                ?? throw new ArgumentException($"'{hostAndPort}' is not host:port.", nameof(hostAndPort))
        );

    public void Add(string host, int port) =>
        Add(IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port));

    public void Add(IPAddress host, int port) => Add(new IPEndPoint(host, port));

    [return: NotNullIfNotNull(nameof(endpoint))]
    public static string? ToString(EndPoint? endpoint) =>
        endpoint switch
        {
            null => null,
            DnsEndPoint dns => string.Create(CultureInfo.InvariantCulture, $"{dns.Host}:{dns.Port}"),
            _ => endpoint.ToString() ?? "",
        };

    /// <summary>Null where the text is no host with or without a port.</summary>
    public static EndPoint? TryParse(string endpoint)
    {
        if (IPAddress.TryParse(endpoint, out var bare) && !endpoint.StartsWith('['))
            return new IPEndPoint(bare, DefaultPort);
        if (IPEndPoint.TryParse(endpoint, out var address))
            return address.Port == 0 ? new IPEndPoint(address.Address, DefaultPort) : address;

        var colon = endpoint.LastIndexOf(':');
        var host = colon < 0 ? endpoint : endpoint[..colon];
        var port = DefaultPort;
        var parses = colon < 0 || int.TryParse(endpoint.AsSpan(colon + 1), CultureInfo.InvariantCulture, out port);
        return parses && Uri.CheckHostName(host) is not UriHostNameType.Unknown && port is > 0 and <= IPEndPoint.MaxPort
            ? new DnsEndPoint(host, port)
            : null;
    }
}
