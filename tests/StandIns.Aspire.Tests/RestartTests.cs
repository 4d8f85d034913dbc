using System.Diagnostics;

namespace Dendrite.StandIns.Aspire.Tests;

public sealed class RestartTests
{
    [Fact]
    public async Task A_service_that_is_killed_comes_back_on_the_same_port()
    {
        using var store = new TemporaryFolder();
        using var http = new HttpClient();
        var builder = SharedApplication.CreateBuilder(store);
        var service = builder.AddProject<Projects.SampleService>("service").WithHttpHealthCheck("/health");
        await using var application = builder.Build();
        await application.StartAsync(TestContext.Current.CancellationToken);
        await application.ResourceNotifications.WaitForResourceHealthyAsync("service").Bounded();
        var address = service.GetEndpoint("http").Url + "/pid";
        var killed = await http.GetStringAsync(address, TestContext.Current.CancellationToken);

        using (var process = Process.GetProcessById(int.Parse(killed)))
        {
            process.Kill();
        }

        await Patience.UntilAsync(async () =>
        {
            try
            {
                return await http.GetStringAsync(address, TestContext.Current.CancellationToken) != killed;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        await application.ResourceNotifications.WaitForResourceHealthyAsync("service").Bounded();
        await application.StopAsync(TestContext.Current.CancellationToken);
    }
}
