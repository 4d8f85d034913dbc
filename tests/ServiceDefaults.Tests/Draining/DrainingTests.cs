using System.Diagnostics;
using System.Net;
using Dendrite.ServiceDefaults.Draining;
using Dendrite.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.ServiceDefaults.Tests.Draining;

public sealed class DrainingTests
{
    private readonly ScriptedScheduler scheduler = new();

    [Fact]
    public async Task Open_calls_end_well_and_new_ones_are_sent_elsewhere_while_a_service_stops()
    {
        await using var service = await TestServices.StartAsync(scheduler);
        var state = service.App.Services.GetRequiredService<DrainState>();
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        scheduler.OnGetJob = async (request, _) =>
        {
            begun.TrySetResult();
            await release.Task;
            return new GetJobResponse { Job = new Job { Name = request.Name } };
        };
        using var channel = service.Channel();
        var open = channel.Client().GetJobAsync(new GetJobRequest { Name = "open" }).ResponseAsync;
        await begun.Task.Bounded();
        Assert.Equal(1, state.OpenCalls);

        var stopping = service.App.StopAsync(TestContext.Current.CancellationToken);
        Assert.True(state.Draining.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
        Assert.False(stopping.IsCompleted);
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            // Until the refusal is in force a call is still taken, and then waits with the open one.
            while (true)
            {
                using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
                try
                {
                    await channel.Client().GetJobAsync(new GetJobRequest(), cancellationToken: soon.Token);
                }
                catch (RpcException error) when (error.StatusCode is StatusCode.Cancelled) { }
            }
        });
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync(service.Http, "health"));
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(service.Http, "alive"));

        release.SetResult();
        Assert.Equal("open", (await open.Bounded()).Job.Name);
        await stopping.Bounded();
    }

    [Fact]
    public async Task A_call_that_does_not_end_is_cut_off_when_its_time_is_up()
    {
        var settings = new Dictionary<string, string?> { ["Drain:OpenCallsTimeout"] = "00:00:00.2" };
        await using var service = await TestServices.StartAsync(scheduler, settings);
        var begun = new TaskCompletionSource();
        scheduler.OnReadRunLog = async (_, context) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        using var channel = service.Channel();
        using var call = channel.Client().ReadRunLog(new ReadRunLogRequest());
        await begun.Task.Bounded();
        await service.App.StopAsync(TestContext.Current.CancellationToken).Bounded();
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default).Bounded());
        Assert.Single(service.Logs.Entries, entry => entry.Id.Id == 1003);
    }

    [Fact]
    public async Task Connections_stay_for_a_moment_after_the_last_call_so_that_its_client_hears_how_it_ended()
    {
        await using var service = await TestServices.StartAsync(scheduler);
        var state = service.App.Services.GetRequiredService<DrainState>();
        var begun = new TaskCompletionSource();
        scheduler.OnReadRunLog = async (_, _) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, state.Draining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new RpcException(new Status(StatusCode.Unavailable, "elsewhere"));
        };
        using var channel = service.Channel();
        using var call = channel.Client().ReadRunLog(new ReadRunLogRequest());
        await begun.Task.Bounded();

        var start = Stopwatch.GetTimestamp();
        await service.App.StopAsync(TestContext.Current.CancellationToken).Bounded();

        Assert.True(Stopwatch.GetElapsedTime(start) > TimeSpan.FromMilliseconds(400), "The connection was closed.");
        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(default).Bounded());
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }

    [Fact]
    public async Task Drain_times_beyond_reason_keep_a_service_from_starting()
    {
        var settings = new Dictionary<string, string?> { ["Drain:OpenCallsTimeout"] = "1.00:00:00" };
        var error = await Assert.ThrowsAnyAsync<Exception>(() => TestServices.StartAsync(scheduler, settings));
        Assert.Contains("10 minutes", error.Message, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> HealthAsync(Uri address, string path)
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(address, path)).Bounded();
        return response.StatusCode;
    }
}
