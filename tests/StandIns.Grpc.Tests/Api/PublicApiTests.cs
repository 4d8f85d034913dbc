using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.ClientFactory;

namespace Dendrite.StandIns.Grpc.Tests.Api;

/// <summary>
/// Code over the stand-in must compile over the official packages: so it shows nothing that they do not. The list
/// beside this file is what the official packages 2.85.0 show of the types that we have.
/// </summary>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData(typeof(Metadata))]
    [InlineData(typeof(GrpcChannel))]
    [InlineData(typeof(GrpcClientFactory))]
    [InlineData(typeof(GrpcServiceOptions))]
    public void Every_public_member_is_one_of_the_official_packages(Type inAssembly)
    {
        var official = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Api", "official-2.85.0.txt"))
            .ToHashSet(StringComparer.Ordinal);
        // What is generated from the health and reflection protos follows their version of protoc.
        var ours = PublicApi.Of(inAssembly.Assembly).Where(line => !line.Contains(".V1", StringComparison.Ordinal));
        Assert.NotEmpty(ours);
        Assert.DoesNotContain(ours, line => !official.Contains(line));
    }
}
