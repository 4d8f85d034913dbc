using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Dendrite.ServiceDefaults.Discovery;

/// <summary>Where the replicas of a service are: <c>services:{name}:grpc:0</c>, <c>:1</c>, and so on.</summary>
internal static class ReplicaAddresses
{
    /// <exception cref="InvalidOperationException">There is none, or one is no http(s) address.</exception>
    public static IReadOnlyList<Uri> Of(string serviceName, IConfiguration configuration)
    {
        var section = configuration.GetSection($"services:{serviceName}:grpc");
        var addresses = section
            .GetChildren()
            .OrderBy(entry => int.TryParse(entry.Key, CultureInfo.InvariantCulture, out var i) ? i : int.MaxValue)
            .Select(entry => Parse(entry.Path, entry.Value))
            .ToList();
        return addresses.Count > 0
            ? addresses
            : throw new InvalidOperationException(
                $"Nothing says where the service '{serviceName}' is: set services__{serviceName}__grpc__0, "
                    + "or reference it from the AppHost."
            );
    }

    private static Uri Parse(string path, string? value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : throw new InvalidOperationException($"{path} is '{value}', which is no http or https address.");
}
