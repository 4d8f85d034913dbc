using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Fixtures.Hosting;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.ServiceDefaults;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Dendrite.Access.Tests;

public sealed class AccessInterceptorTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private RunningService? service;
    private GrpcChannel? channel;

    private SchedulerService.SchedulerServiceClient Client => new(channel);

    public async ValueTask InitializeAsync()
    {
        // Nobody is there: what Redis adds is tested elsewhere.
        var redis = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{RedisServer.FreePort()},abortConnect=false,connectRetry=1"
        );
        service = await RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(database.Branch);
                builder.Services.AddSingleton<IConnectionMultiplexer>(redis);
                builder.Services.AddSingleton<HotCache>();
                builder.AddAccess();
            },
            app =>
            {
                app.MapDefaultEndpoints();
                app.MapGrpcService<WhoAmI>();
            }
        );
        channel = GrpcChannel.ForAddress(service.Grpc);
    }

    public async ValueTask DisposeAsync()
    {
        channel!.Dispose();
        await service!.DisposeAsync();
    }

    [Fact]
    public async Task Every_kind_of_call_needs_a_key_and_knows_its_caller()
    {
        var key = await TestKeys.AddAsync(database);
        var headers = new Metadata { { "authorization", key.Bearer() } };
        Assert.Equal(key.Id, (await Client.GetJobAsync(new GetJobRequest(), headers)).Job.Name);
        using var stream = Client.ReadRunLog(new ReadRunLogRequest(), headers);
        Assert.True(await stream.ResponseStream.MoveNext(default));
        Assert.Equal(key.Id, stream.ResponseStream.Current.Lines[0].Message);

        var unary = await Assert.ThrowsAsync<RpcException>(async () => await Client.GetJobAsync(new GetJobRequest()));
        using var without = Client.ReadRunLog(new ReadRunLogRequest());
        var streaming = await Assert.ThrowsAsync<RpcException>(() => without.ResponseStream.MoveNext(default));
        foreach (var error in new[] { unary, streaming })
        {
            Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
            Assert.Equal(ErrorReason.Unauthenticated, ErrorStatus.FromRpcException(error)!.Reason);
        }
    }

    [Fact]
    public async Task A_call_for_another_project_is_denied()
    {
        var project = await TestKeys.AddProjectAsync(database, "mine");
        var key = await TestKeys.AddAsync(database, stored => stored with { Project = project });
        var headers = new Metadata { { "authorization", key.Bearer() } };
        await Client.ListJobsAsync(new ListJobsRequest { Parent = "mine" }, headers);
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client.ListJobsAsync(new ListJobsRequest { Parent = "other" }, headers)
        );
        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
    }

    [Fact]
    public async Task Health_needs_no_key()
    {
        using var http = new HttpClient { BaseAddress = service!.Http };
        Assert.Contains("Healthy", await http.GetStringAsync("/health"), StringComparison.Ordinal);
        var check = new Method<byte[], byte[]>(
            MethodType.Unary,
            "grpc.health.v1.Health",
            "Check",
            Marshallers.Create(bytes => bytes, bytes => bytes),
            Marshallers.Create(bytes => bytes, bytes => bytes)
        );
        var answer = await channel!.CreateCallInvoker().AsyncUnaryCall(check, null, default, []);
        // Field 1 is 1: SERVING.
        Assert.Equal([8, 1], answer);
    }

    private sealed class WhoAmI : SchedulerService.SchedulerServiceBase
    {
        public override Task<GetJobResponse> GetJob(GetJobRequest request, ServerCallContext context) =>
            Task.FromResult(new GetJobResponse { Job = new Job { Name = context.GetCaller().KeyId } });

        public override Task<ListJobsResponse> ListJobs(ListJobsRequest request, ServerCallContext context)
        {
            context.GetCaller().Require(request.Parent);
            return Task.FromResult(new ListJobsResponse());
        }

        public override Task ReadRunLog(
            ReadRunLogRequest request,
            IServerStreamWriter<ReadRunLogResponse> responseStream,
            ServerCallContext context
        ) =>
            responseStream.WriteAsync(
                new ReadRunLogResponse { Lines = { new RunLogLine { Message = context.GetCaller().KeyId } } }
            );
    }
}
