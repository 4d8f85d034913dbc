using Aspire.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dendrite.StandIns.Aspire.Tests;

/// <summary>What stops everything.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task A_service_that_dies_before_it_is_healthy_stops_everything_with_its_exit_code()
    {
        using var store = new TemporaryFolder();
        var builder = SharedApplication.CreateBuilder(store);
        builder.AddProject<Projects.SampleService>("broken").WithArgs("exit", "7").WithHttpHealthCheck("/health");

        Assert.Equal(7, await RunUntilFailureAsync(builder));
    }

    [Fact]
    public async Task A_service_that_ends_in_order_before_it_is_healthy_has_failed_all_the_same()
    {
        using var store = new TemporaryFolder();
        var builder = SharedApplication.CreateBuilder(store);
        builder.AddProject<Projects.SampleService>("broken").WithArgs("exit", "0").WithHttpHealthCheck("/health");

        Assert.Equal(1, await RunUntilFailureAsync(builder));
    }

    [Fact]
    public async Task A_job_that_fails_stops_everything_before_what_waits_for_it_has_started()
    {
        using var store = new TemporaryFolder();
        var builder = SharedApplication.CreateBuilder(store);
        var job = builder.AddProject<Projects.SampleService>("job").WithArgs("exit", "3");
        // Were it started, it would fail with 9.
        builder.AddProject<Projects.SampleService>("service").WithArgs("exit", "9").WaitForCompletion(job);

        Assert.Equal(3, await RunUntilFailureAsync(builder));
    }

    [Fact]
    public void A_health_check_on_an_endpoint_that_is_not_there_is_refused_at_once()
    {
        using var store = new TemporaryFolder();
        var service = SharedApplication.CreateBuilder(store).AddProject<Projects.SampleService>("service");

        var refusal = Assert.Throws<DistributedApplicationException>(() =>
            service.WithHttpHealthCheck("/health", endpointName: "admin")
        );

        Assert.Contains("Kestrel:Endpoints", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_resources_of_one_name_are_refused()
    {
        using var store = new TemporaryFolder();
        var builder = SharedApplication.CreateBuilder(store);
        builder.AddRedis("same");

        Assert.Throws<DistributedApplicationException>(() => builder.AddPostgres("same"));
    }

    [Fact]
    public async Task A_parameter_without_a_value_names_the_key_to_set()
    {
        using var store = new TemporaryFolder();
        var parameter = SharedApplication.CreateBuilder(store).AddParameter("token", secret: true);

        var refusal = await Assert.ThrowsAsync<DistributedApplicationException>(async () =>
            await parameter.Resource.GetValueAsync(TestContext.Current.CancellationToken)
        );

        Assert.Contains("Parameters:token", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<int?> RunUntilFailureAsync(IDistributedApplicationBuilder builder)
    {
        await using var application = builder.Build();
        var failure = application.Services.GetRequiredService<Failure>();
        await application.StartAsync(TestContext.Current.CancellationToken);
        await application.WaitForShutdownAsync(TestContext.Current.CancellationToken).Bounded();
        return failure.ExitCode;
    }
}
