using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.HealthChecks;

/// <summary><c>grpc.health.v1.Health</c> over the application's health checks.</summary>
internal sealed class HealthService(
    HealthCheckService checks,
    HealthFeed feed,
    IOptions<GrpcHealthChecksOptions> options,
    IHostApplicationLifetime lifetime
) : Health.V1.Health.HealthBase
{
    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        var mapping = options.Value.Services.Find(request.Service);
        if (mapping is null)
        {
            var detail = $"The server does not report the health of '{request.Service}'.";
            throw new RpcException(new Status(StatusCode.NotFound, detail));
        }

        return new HealthCheckResponse { Status = await RunChecksAsync(mapping, context.CancellationToken) };
    }

    public override async Task Watch(
        HealthCheckRequest request,
        IServerStreamWriter<HealthCheckResponse> responseStream,
        ServerCallContext context
    )
    {
        var stopping = options.Value.SuppressCompletionOnShutdown
            ? CancellationToken.None
            : lifetime.ApplicationStopping;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        var mapping = options.Value.Services.Find(request.Service);
        try
        {
            await WatchAsync(mapping, responseStream, ending.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The stream of a server that stops ends; the client tries another.
            await WriteAsync(responseStream, HealthCheckResponse.Types.ServingStatus.NotServing);
        }
    }

    private async Task WatchAsync(
        ServiceMapping? mapping,
        IServerStreamWriter<HealthCheckResponse> responses,
        CancellationToken token
    )
    {
        if (mapping is null)
        {
            await WriteAsync(responses, HealthCheckResponse.Types.ServingStatus.ServiceUnknown);
            await Task.Delay(Timeout.Infinite, token);
            return;
        }

        var next = feed.Next;
        var last = await RunChecksAsync(mapping, token);
        await WriteAsync(responses, last);
        while (true)
        {
            var report = await next.WaitAsync(token);
            next = feed.Next;
            var status = HealthFeed.StatusOf(report, mapping);
            if (status != last)
            {
                last = status;
                await WriteAsync(responses, status);
            }
        }
    }

    private static Task WriteAsync(
        IServerStreamWriter<HealthCheckResponse> responses,
        HealthCheckResponse.Types.ServingStatus status
    ) => responses.WriteAsync(new HealthCheckResponse { Status = status });

    private async Task<HealthCheckResponse.Types.ServingStatus> RunChecksAsync(
        ServiceMapping mapping,
        CancellationToken token
    )
    {
        var report = await checks.CheckHealthAsync(
            check => mapping.HealthCheckPredicate?.Invoke(new HealthCheckMapContext(check.Name, check.Tags)) != false,
            token
        );
        return HealthFeed.StatusOf(report, mapping);
    }
}
