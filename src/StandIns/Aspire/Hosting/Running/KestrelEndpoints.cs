using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Running;

/// <summary>
/// The endpoints that a project names in its appsettings.json: <c>"Kestrel": { "Endpoints": { "grpc": { "Url":
/// "http://localhost:5111", "Protocols": "Http2" } } }</c>.
/// </summary>
internal static class KestrelEndpoints
{
    public static IEnumerable<EndpointAnnotation> Read(string projectPath, string environmentName)
    {
        var kestrel = new ConfigurationBuilder()
            .SetBasePath(Path.GetDirectoryName(projectPath)!)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{environmentName}.json", optional: true)
            .Build()
            .GetSection("Kestrel");
        foreach (var endpoint in kestrel.GetSection("Endpoints").GetChildren())
        {
            // Only scheme and port are read, and a host may be a wildcard ("http://*:80"), which Uri would refuse.
            var url = (endpoint["Url"] ?? string.Empty).Replace("*", "localhost", StringComparison.Ordinal);
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
            {
                throw new DistributedApplicationException(
                    $"{projectPath}: Kestrel:Endpoints:{endpoint.Key}:Url is '{endpoint["Url"]}', which is not a URL"
                );
            }

            var protocols = endpoint["Protocols"] ?? kestrel["EndpointDefaults:Protocols"];
            var transport = string.Equals(protocols, "Http2", StringComparison.OrdinalIgnoreCase) ? "http2" : "http";
            yield return new EndpointAnnotation(
                ProtocolType.Tcp,
                address.Scheme,
                transport,
                endpoint.Key,
                address.Port
            );
        }
    }
}
