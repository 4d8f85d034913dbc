using System.Net;
using Grpc.Core;

namespace Dendrite.ServiceDefaults.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task A_service_is_healthy_and_alive_over_http_and_says_which_checks_that_took()
    {
        await using var service = await TestServices.StartAsync(new ScriptedScheduler());
        using var http = new HttpClient { BaseAddress = service.Http };
        Assert.Equal(
            """{"status":"Healthy","checks":{"process":"Healthy","accepting-calls":"Healthy"}}""",
            await http.GetStringAsync("/health")
        );
        Assert.Equal("""{"status":"Healthy","checks":{"process":"Healthy"}}""", await http.GetStringAsync("/alive"));
        using var missing = await http.GetAsync("/nothing");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task An_unknown_service_is_unimplemented_over_grpc()
    {
        await using var service = await TestServices.StartAsync(new ScriptedScheduler());
        using var channel = service.Channel();
        var client = new V1.BranchService.BranchServiceClient(channel);
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            client.GetBranchAsync(new V1.GetBranchRequest()).ResponseAsync.Bounded()
        );
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }
}
