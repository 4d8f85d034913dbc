using System.Net;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Fixtures.Hosting;
using Dendrite.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.ServiceDefaults.Tests.Grpc;

public sealed class UnreadMessagesTests : IAsyncLifetime
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    private RunningService? service;
    private GrpcChannel? channel;

    public static TheoryData<string> Faults => new("truncated", "nested", "of no field");

    public async ValueTask InitializeAsync()
    {
        service = await RunningService.StartAsync(
            builder =>
            {
                builder.AddServiceDefaults();
                builder.Services.AddSingleton(new ScriptedScheduler());
            },
            app =>
            {
                app.MapDefaultEndpoints();
                app.MapGrpcService<ScriptedScheduler>();
                app.MapGrpcService<ReadsAll>();
                app.MapGrpcService<LoadsAll>();
            }
        );
        // The server logs what it could not read before anything of ours is asked.
        service.Logs.ExpectErrors(entry => entry.Category.StartsWith("Grpc.", StringComparison.Ordinal));
        channel = service.Channel();
    }

    public async ValueTask DisposeAsync()
    {
        channel!.Dispose();
        await service!.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public Task A_request_that_cannot_be_read_is_an_invalid_argument(string fault) =>
        AssertRefusedAsync(async () =>
        {
            var method = Method(MethodType.Unary, "SchedulerService", "GetJob");
            using var call = channel!.CreateCallInvoker().AsyncUnaryCall(method, null, new(), MessageOf(fault));
            await call.ResponseAsync.Bounded();
        });

    [Theory]
    [MemberData(nameof(Faults))]
    public Task So_is_one_whose_answers_are_a_stream(string fault) =>
        AssertRefusedAsync(async () =>
        {
            var method = Method(MethodType.ServerStreaming, "SchedulerService", "ReadRunLog");
            using var call = channel!
                .CreateCallInvoker()
                .AsyncServerStreamingCall(method, null, new(), MessageOf(fault));
            await call.ResponseStream.MoveNext().Bounded();
        });

    [Theory]
    [MemberData(nameof(Faults))]
    public Task So_is_a_message_of_a_stream(string fault) =>
        AssertRefusedAsync(async () =>
        {
            var method = Method(MethodType.ClientStreaming, "RecordService", "LoadRecords");
            using var call = channel!.CreateCallInvoker().AsyncClientStreamingCall(method, null, new());
            await call.RequestStream.WriteAsync([]).Bounded();
            await call.RequestStream.WriteAsync(MessageOf(fault)).Bounded();
            await call.ResponseAsync.Bounded();
        });

    [Theory]
    [MemberData(nameof(Faults))]
    public Task So_is_a_message_of_a_stream_that_is_answered_by_one(string fault) =>
        AssertRefusedAsync(async () =>
        {
            var method = Method(MethodType.DuplexStreaming, "IngestService", "Append");
            using var call = channel!.CreateCallInvoker().AsyncDuplexStreamingCall(method, null, new());
            await call.RequestStream.WriteAsync([]).Bounded();
            Assert.True(await call.ResponseStream.MoveNext().Bounded());
            await call.RequestStream.WriteAsync(MessageOf(fault)).Bounded();
            await call.ResponseStream.MoveNext().Bounded();
        });

    [Theory]
    [InlineData("SchedulerService/GetJob")]
    [InlineData("SchedulerService/ReadRunLog")]
    [InlineData("RecordService/LoadRecords")]
    [InlineData("IngestService/Append")]
    public async Task So_is_one_that_cannot_be_unpacked(string method)
    {
        using var client = new HttpClient();
        byte[] message = [1, 0, 0, 0, 4, .. "none"u8];
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service!.Grpc, $"dendrite.v1.{method}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(message) { Headers = { { "content-type", "application/grpc" } } },
            Headers = { { "te", "trailers" }, { "grpc-encoding", "gzip" } },
        };
        using var response = await client.SendAsync(request).Bounded();
        var told = response.Headers.Concat(response.TrailingHeaders).ToDictionary();
        Assert.Equal($"{(int)StatusCode.InvalidArgument}", Assert.Single(told["grpc-status"]));
    }

    private static async Task AssertRefusedAsync(Func<Task> call)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
        Assert.Contains("nests messages more than 100 deep", failure.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(ErrorReason.InvalidArgument, ErrorStatus.FromRpcException(failure)?.Reason);
    }

    private static Method<byte[], byte[]> Method(MethodType type, string owner, string name) =>
        new(type, $"dendrite.v1.{owner}", name, Bytes, Bytes);

    /// <summary>What no method of these reads: field 1 is a message or a text in all of them.</summary>
    private static byte[] MessageOf(string fault) =>
        fault switch
        {
            "truncated" => [0x0A, 0x7F, 0x01],
            "of no field" => [0x00],
            _ => NestedGroups(101),
        };

    /// <summary>Groups of an unknown field, which are read as deep as messages.</summary>
    private static byte[] NestedGroups(int depth) =>
        [.. Enumerable.Repeat((byte)0x7B, depth), .. Enumerable.Repeat((byte)0x7C, depth)];

    private sealed class ReadsAll : IngestService.IngestServiceBase
    {
        public override async Task Append(
            IAsyncStreamReader<AppendRequest> requestStream,
            IServerStreamWriter<AppendResponse> responseStream,
            ServerCallContext context
        )
        {
            while (await requestStream.MoveNext())
            {
                await responseStream.WriteAsync(new());
            }
        }
    }

    private sealed class LoadsAll : RecordService.RecordServiceBase
    {
        public override async Task<LoadRecordsResponse> LoadRecords(
            IAsyncStreamReader<LoadRecordsRequest> requestStream,
            ServerCallContext context
        )
        {
            while (await requestStream.MoveNext()) { }
            return new();
        }
    }
}
