using Dendrite.Fixtures.Redis;
using Dendrite.ServiceDefaults.Discovery;
using Dendrite.V1;
using Grpc.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dendrite.ServiceDefaults.Tests.Discovery;

public sealed class BalancingTests
{
    private const string Service = "scheduler";

    [Fact]
    public async Task Calls_go_to_the_replicas_in_turn()
    {
        var first = new ScriptedScheduler();
        var second = new ScriptedScheduler();
        await using var one = await TestServices.StartAsync(Named(first, "one"));
        await using var two = await TestServices.StartAsync(Named(second, "two"));
        await using var services = Client([one.Grpc, two.Grpc]);
        var answers = await CallAsync(services, 20);
        Assert.Equal(10, answers.Count(name => name == "one"));
        Assert.Equal(10, answers.Count(name => name == "two"));
    }

    [Fact]
    public async Task A_replica_that_cannot_be_reached_is_passed_over_by_calls_of_every_kind()
    {
        var scheduler = new ScriptedScheduler();
        await using var there = await TestServices.StartAsync(Named(scheduler, "there"));
        var nowhere = new Uri($"http://127.0.0.1:{RedisServer.FreePort()}");
        await using var services = Client([nowhere, there.Grpc, nowhere]);
        Assert.All(await CallAsync(services, 10), name => Assert.Equal("there", name));
        var client = services.GetRequiredService<SchedulerService.SchedulerServiceClient>();
        for (var i = 0; i < 4; i++)
        {
            using var call = client.ReadRunLog(new ReadRunLogRequest());
            Assert.False(await call.ResponseStream.MoveNext(default).Bounded());
        }
    }

    [Fact]
    public async Task Nobody_there_is_unavailable()
    {
        await using var services = Client([new Uri($"http://127.0.0.1:{RedisServer.FreePort()}")]);
        var error = await Assert.ThrowsAsync<RpcException>(() => CallAsync(services, 1));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    [Fact]
    public async Task The_key_of_the_service_goes_along_unless_the_call_brings_its_own()
    {
        var scheduler = new ScriptedScheduler
        {
            OnGetJob = (_, context) =>
                Task.FromResult(
                    new GetJobResponse { Job = new Job { Name = context.RequestHeaders.GetValue("authorization") } }
                ),
        };
        await using var service = await TestServices.StartAsync(scheduler);
        await using var services = Client([service.Grpc], "dk_a_b");
        Assert.Equal(["Bearer dk_a_b"], await CallAsync(services, 1));
        var client = services.GetRequiredService<SchedulerService.SchedulerServiceClient>();
        var own = new Metadata { { "authorization", "Bearer dk_c_d" } };
        Assert.Equal("Bearer dk_c_d", (await client.GetJobAsync(new GetJobRequest(), own)).Job.Name);
    }

    [Fact]
    public async Task A_service_without_an_address_is_named_with_the_remedy()
    {
        await using var services = Client([]);
        var error = Assert.Throws<InvalidOperationException>(
            services.GetRequiredService<SchedulerService.SchedulerServiceClient>
        );
        Assert.Contains("services__scheduler__grpc__0", error.Message, StringComparison.Ordinal);
    }

    private static ScriptedScheduler Named(ScriptedScheduler scheduler, string name)
    {
        scheduler.OnGetJob = (_, _) => Task.FromResult(new GetJobResponse { Job = new Job { Name = name } });
        return scheduler;
    }

    private static ServiceProvider Client(Uri[] replicas, string? apiKey = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            replicas.Select((replica, i) => KeyValuePair.Create($"services:{Service}:grpc:{i}", (string?)$"{replica}"))
        );
        builder.Configuration["Dendrite:ApiKey"] = apiKey;
        builder.Services.AddSingleton<IConfiguration>(builder.Configuration);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddDendriteGrpcClient<SchedulerService.SchedulerServiceClient>(Service);
        return builder.Services.BuildServiceProvider();
    }

    private static async Task<List<string>> CallAsync(ServiceProvider services, int times)
    {
        var client = services.GetRequiredService<SchedulerService.SchedulerServiceClient>();
        var names = new List<string>();
        for (var i = 0; i < times; i++)
            names.Add((await client.GetJobAsync(new GetJobRequest()).ResponseAsync.Bounded()).Job.Name);
        return names;
    }
}
