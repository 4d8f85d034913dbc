using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Alpha = Grpc.Reflection.V1Alpha;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class ReflectionTests
{
    [Fact]
    public async Task The_services_of_the_application_are_listed()
    {
        await using var server = await StartAsync();
        var answer = await AskAsync(server, new ServerReflectionRequest { ListServices = "" });
        Assert.Equal(
            [
                "dendrite.tests.echo.Echo",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
            ],
            answer.ListServicesResponse.Service.Select(service => service.Name)
        );
    }

    [Theory]
    [InlineData("dendrite.tests.echo.Echo")]
    [InlineData("dendrite.tests.echo.Echo.Say")]
    [InlineData("dendrite.tests.echo.Message")]
    [InlineData("dendrite.tests.echo.Message.payload")]
    public async Task The_file_of_a_symbol_is_found(string symbol)
    {
        await using var server = await StartAsync();
        var answer = await AskAsync(server, new ServerReflectionRequest { FileContainingSymbol = symbol });
        var file = FileDescriptorProto.Parser.ParseFrom(answer.FileDescriptorResponse.FileDescriptorProto[0]);
        Assert.Equal("dendrite.tests.echo", file.Package);
        var again = await AskAsync(server, new ServerReflectionRequest { FileByFilename = file.Name });
        Assert.Equal(answer.FileDescriptorResponse, again.FileDescriptorResponse);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_and_the_stream_goes_on()
    {
        await using var server = await StartAsync();
        using var call = new ServerReflection.ServerReflectionClient(server.Channel()).ServerReflectionInfo();
        foreach (var symbol in new[] { "unknown.Symbol", "another.Symbol" })
        {
            await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = symbol });
            Assert.True(await call.ResponseStream.MoveNext().Soon());
            Assert.Equal((int)StatusCode.NotFound, call.ResponseStream.Current.ErrorResponse.ErrorCode);
            Assert.Equal(symbol, call.ResponseStream.Current.OriginalRequest.FileContainingSymbol);
        }
    }

    [Fact]
    public async Task Tools_that_know_only_the_first_version_are_answered_too()
    {
        await using var server = await StartAsync();
        using var call = new Alpha.ServerReflection.ServerReflectionClient(server.Channel()).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new Alpha.ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext().Soon());
        Assert.Equal(3, call.ResponseStream.Current.ListServicesResponse.Service.Count);
    }

    private static async Task<ServerReflectionResponse> AskAsync(EchoServer server, ServerReflectionRequest request)
    {
        using var call = new ServerReflection.ServerReflectionClient(server.Channel()).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(request);
        Assert.True(await call.ResponseStream.MoveNext().Soon());
        return call.ResponseStream.Current;
    }

    private static Task<EchoServer> StartAsync() =>
        EchoServer.StartAsync(
            services: services => services.AddGrpcReflection(),
            map: application => application.MapGrpcReflectionService()
        );
}
