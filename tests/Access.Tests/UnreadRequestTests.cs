using System.Net;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.V1;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.Access.Tests;

/// <summary>What a service takes from callers that have no good key: headers, and nothing more.</summary>
public sealed class UnreadRequestTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] LargePrefix = [0, 0, 0x70, 0, 0];

    /// <summary>Compressed, and of ten bytes.</summary>
    private static readonly byte[] ShortCompressed = [1, 0, 0, 0, 10];

    private KeyedService? service;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        service = await KeyedService.StartAsync(database, environment: "Development");

    public ValueTask DisposeAsync() => service!.DisposeAsync();

    /// <summary>A message of seven megabytes is announced and never comes: who reads it waits for ever.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("Bearer dk_unknown_0123456789abcdef0123456789abcdef")]
    [InlineData(null, true)]
    public async Task A_message_is_not_read_before_its_caller_is_known(string? authorization, bool asPreflight = false)
    {
        using var http = new HttpClient { BaseAddress = service!.Grpc };
        var never = new TaskCompletionSource();
        using var request = Request("/dendrite.v1.SchedulerService/GetJob", authorization, never.Task);
        if (asPreflight)
        {
            AskAsPreflight(request);
        }

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token)
            .WaitAsync(Patience, Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(["16"], response.Headers.GetValues("grpc-status"));
        Assert.True(response.Headers.Contains("grpc-message"));
        Assert.True(response.Headers.Contains("grpc-status-details-bin"));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Token).WaitAsync(Patience, Token));
        never.SetResult();
    }

    [Fact]
    public async Task A_large_message_is_refused_as_a_small_one_is()
    {
        var request = new GetJobRequest { Name = new string('x', 7 << 20) };
        var refusals = new List<(StatusCode, ErrorReason, string)>();
        foreach (var asked in new[] { request, new() })
        {
            var failure = await Assert.ThrowsAsync<RpcException>(async () =>
                await service!.Client.GetJobAsync(asked, cancellationToken: Token)
            );
            var error = ErrorStatus.FromRpcException(failure)!;
            refusals.Add((failure.StatusCode, error.Reason, error.Message));
        }

        Assert.Equal((StatusCode.Unauthenticated, ErrorReason.Unauthenticated), (refusals[0].Item1, refusals[0].Item2));
        Assert.Equal(refusals[1], refusals[0]);
        var key = await TestKeys.AddAsync(database);
        Assert.Equal(key.Id, (await service!.Client.GetJobAsync(request, key.Headers())).Job.Name);
    }

    [Theory]
    [InlineData("/grpc.health.v1.Health/Check", "8")]
    [InlineData("/grpc.health.v1.Health/Watch", "8")]
    [InlineData("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "8")]
    [InlineData("/grpc.health.v1.Health/Watch", "8", true)]
    [InlineData("/grpc.health.v1.Health/Watch", "12", false, true)]
    public async Task What_anybody_may_call_takes_no_long_message(
        string path,
        string status,
        bool asPreflight = false,
        bool isCompressed = false
    )
    {
        using var http = new HttpClient { BaseAddress = service!.Grpc };
        var never = new TaskCompletionSource();
        using var request = Request(
            path,
            authorization: null,
            never.Task,
            isCompressed ? ShortCompressed : LargePrefix
        );
        if (asPreflight)
        {
            AskAsPreflight(request);
        }

        if (isCompressed)
        {
            request.Headers.Add("grpc-encoding", "gzip");
        }

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token)
            .WaitAsync(Patience, Token);
        Assert.Equal([status], response.Headers.GetValues("grpc-status"));
        never.SetResult();
    }

    [Fact]
    public async Task What_is_not_served_is_so_with_and_without_a_key()
    {
        var key = await TestKeys.AddAsync(database);
        foreach (var headers in new Metadata[] { [], key.Headers() })
        {
            foreach (var name in new[] { "dendrite.v1.SchedulerService", "dendrite.v1.NoService" })
            {
                var method = new Method<byte[], byte[]>(
                    MethodType.Unary,
                    name,
                    "NoMethod",
                    Marshallers.Create(bytes => bytes, bytes => bytes),
                    Marshallers.Create(bytes => bytes, bytes => bytes)
                );
                using var channel = GrpcChannel.ForAddress(service!.Grpc);
                var failure = await Assert.ThrowsAsync<RpcException>(async () =>
                    await channel.CreateCallInvoker().AsyncUnaryCall(method, null, new(headers), [])
                );
                Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
            }
        }
    }

    /// <summary>Routing takes it for what a browser asks before the POST.</summary>
    private static void AskAsPreflight(HttpRequestMessage request)
    {
        request.Method = HttpMethod.Options;
        request.Headers.Add("Origin", "https://example.org");
        request.Headers.Add("Access-Control-Request-Method", "POST");
    }

    private static HttpRequestMessage Request(string path, string? authorization, Task then, byte[]? first = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new HaltingContent(first ?? LargePrefix, then),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.ParseAdd("trailers");
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("authorization", authorization);
        }

        return request;
    }

    /// <summary>Some bytes, and then nothing for a while.</summary>
    private sealed class HaltingContent(byte[] first, Task then) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(first);
            await stream.FlushAsync();
            await then;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
