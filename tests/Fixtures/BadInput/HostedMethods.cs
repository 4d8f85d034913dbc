using System.Reflection;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Dendrite.Fixtures.BadInput;

/// <summary>The RPCs that a process hosts, beside those that tests give bad arguments to.</summary>
public static class HostedMethods
{
    private const string Ours = "dendrite.v1.";

    /// <summary>
    /// What is wrong, a line each: an RPC that is served and that no test gives bad arguments, or a test that names an
    /// RPC that is not served. Methods that answer UNIMPLEMENTED are not served.
    /// </summary>
    /// <param name="tests">The assembly whose tests bear <see cref="BadInputOfAttribute"/>.</param>
    public static IReadOnlyList<string> Compare(WebApplication app, Assembly tests)
    {
        var served = Served(app);
        var tested = tests
            .GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(test => test.GetCustomAttribute<BadInputOfAttribute>()?.Methods ?? [])
            .ToHashSet(StringComparer.Ordinal);
        return
        [
            .. served.Except(tested).Order().Select(name => $"{name} is served, and no table gives it bad arguments"),
            .. tested.Except(served).Order().Select(name => $"{name} is named by a table, and is not served"),
        ];
    }

    private static HashSet<string> Served(WebApplication app) =>
        ((IEndpointRouteBuilder)app)
            .DataSources.SelectMany(source => source.Endpoints)
            .Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>())
            .OfType<GrpcMethodMetadata>()
            .Where(method => method.Method.ServiceName.StartsWith(Ours, StringComparison.Ordinal))
            .Where(IsImplemented)
            .Select(method => method.Method.Name)
            .ToHashSet(StringComparer.Ordinal);

    // What a service does not override is the generated base's, which answers UNIMPLEMENTED.
    private static bool IsImplemented(GrpcMethodMetadata method) =>
        method.ServiceType.GetMethod(method.Method.Name)?.DeclaringType == method.ServiceType;
}
