using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class HealthTests
{
    [Fact]
    public async Task The_checks_of_the_application_decide()
    {
        var result = HealthCheckResult.Healthy();
        await using var server = await StartAsync(() => result);
        var client = new Health.HealthClient(server.Channel());
        Assert.Equal(ServingStatus.Serving, (await client.CheckAsync(new HealthCheckRequest())).Status);
        result = HealthCheckResult.Degraded();
        Assert.Equal(ServingStatus.Serving, (await client.CheckAsync(new HealthCheckRequest())).Status);
        result = HealthCheckResult.Unhealthy();
        Assert.Equal(ServingStatus.NotServing, (await client.CheckAsync(new HealthCheckRequest())).Status);
    }

    [Fact]
    public async Task A_service_has_the_checks_that_are_mapped_to_it()
    {
        await using var server = await StartAsync(() => HealthCheckResult.Unhealthy());
        var client = new Health.HealthClient(server.Channel());
        var healthy = await client.CheckAsync(new HealthCheckRequest { Service = "dendrite.tests.echo.Echo" });
        Assert.Equal(ServingStatus.Serving, healthy.Status);
    }

    [Fact]
    public async Task An_unknown_service_is_not_found()
    {
        await using var server = await StartAsync(() => HealthCheckResult.Healthy());
        var client = new Health.HealthClient(server.Channel());
        var call = client.CheckAsync(new HealthCheckRequest { Service = "unknown" });
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.Soon());
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        using var watch = client.Watch(new HealthCheckRequest { Service = "unknown" });
        Assert.True(await watch.ResponseStream.MoveNext().Soon());
        Assert.Equal(ServingStatus.ServiceUnknown, watch.ResponseStream.Current.Status);
    }

    [Fact]
    public async Task A_watch_tells_the_state_and_each_change_and_the_end()
    {
        var result = HealthCheckResult.Healthy();
        await using var server = await StartAsync(() => result);
        var client = new Health.HealthClient(server.Channel());
        using var watch = client.Watch(new HealthCheckRequest());
        Assert.True(await watch.ResponseStream.MoveNext().Soon());
        Assert.Equal(ServingStatus.Serving, watch.ResponseStream.Current.Status);
        result = HealthCheckResult.Unhealthy();
        await PublishAsync(server);
        Assert.True(await watch.ResponseStream.MoveNext().Soon());
        Assert.Equal(ServingStatus.NotServing, watch.ResponseStream.Current.Status);
        var last = watch.ResponseStream.MoveNext();
        server.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().StopApplication();
        Assert.True(await last.Soon());
        Assert.Equal(ServingStatus.NotServing, watch.ResponseStream.Current.Status);
        Assert.False(await watch.ResponseStream.MoveNext().Soon());
    }

    private static async Task PublishAsync(EchoServer server)
    {
        var report = await server.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        foreach (var publisher in server.Services.GetServices<IHealthCheckPublisher>())
        {
            await publisher.PublishAsync(report, CancellationToken.None);
        }
    }

    private static Task<EchoServer> StartAsync(Func<HealthCheckResult> check) =>
        EchoServer.StartAsync(
            services: services =>
                services
                    .AddGrpcHealthChecks(options =>
                        options.Services.Map("dendrite.tests.echo.Echo", health => health.Tags.Contains("echo"))
                    )
                    .AddCheck("changing", check)
                    .AddCheck("echo", () => HealthCheckResult.Healthy(), tags: ["echo"]),
            map: application => application.MapGrpcHealthChecksService()
        );
}
