using System.Net;
using System.Net.Sockets;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Dendrite.Backups.Stores;
using Dendrite.Errors;

namespace Dendrite.Backups.Tests.Stores;

/// <summary>Answers of a gateway, or of what is no S3 server: what was not stored is never taken for it.</summary>
public sealed class S3RefusalTests
{
    private const int PartBytes = 16 << 20;

    private const string Begun =
        "<InitiateMultipartUploadResult><Bucket>backups</Bucket><Key>k</Key><UploadId>u1</UploadId>"
        + "</InitiateMultipartUploadResult>";

    private const string NoUpload = "<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>";

    private static readonly ObjectKey Key = ObjectKey.Parse("lab/objects/ab/abcd");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("<html>no such page</html>")]
    [InlineData("<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")]
    public async Task A_write_that_is_not_found_is_not_written(string body)
    {
        await using var server = new S3Script(_ => (HttpStatusCode.NotFound, body));

        await AssertAwayAsync(() => server.Store.PutAsync(Key, new byte[10], Token));
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task Parts_that_are_not_found_are_not_written(string lost)
    {
        await using var server = new S3Script(request =>
            request.HttpMethod == "POST" && request.Url!.Query.StartsWith("?uploads", StringComparison.Ordinal)
                ? (HttpStatusCode.OK, Begun)
            : request.HttpMethod == lost ? (HttpStatusCode.NotFound, NoUpload)
            : (HttpStatusCode.OK, "")
        );

        await AssertAwayAsync(() => server.Store.PutAsync(Key, new byte[PartBytes + 1], Token));
    }

    [Fact]
    public async Task A_listing_that_is_not_found_is_no_empty_store()
    {
        await using var server = new S3Script(_ => (HttpStatusCode.NotFound, ""));

        await AssertAwayAsync(async () => await server.Store.ListAsync("lab/", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task An_object_that_is_not_found_is_none_and_need_not_be_deleted()
    {
        await using var server = new S3Script(_ => (HttpStatusCode.NotFound, ""));

        Assert.Null(await server.Store.FindSizeAsync(Key, Token));
        Assert.Null(await server.Store.FindAsync(Key, 10, Token));
        await server.Store.DeleteAsync(Key, Token);
    }

    [Theory]
    [InlineData("")]
    [InlineData(
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Type: application/octet-stream\r\n\r\nthe first bytes"
    )]
    public async Task A_server_that_falls_silent_is_away(string begun)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var held = new List<TcpClient>();
        var serving = HoldAsync();
        using var client = ClientOf(listener);
        var store = new S3Store(client, "backups", "", TimeProvider.System) { CallLimit = TimeSpan.FromSeconds(0.5) };

        await AssertAwayAsync(() => store.FindAsync(Key, 1_000, Token));

        using var leaving = new CancellationTokenSource(TimeSpan.FromSeconds(0.1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.FindAsync(Key, 1_000, leaving.Token));
        listener.Stop();
        await serving;
        held.ForEach(connection => connection.Dispose());

        async Task HoldAsync()
        {
            try
            {
                while (true)
                {
                    var connection = await listener.AcceptTcpClientAsync(Token);
                    held.Add(connection);
                    await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(begun), Token);
                }
            }
            catch (Exception stopped) when (stopped is SocketException or InvalidOperationException)
            {
                // The test ends; also between two connections.
            }
        }
    }

    [Fact]
    public async Task A_server_that_goes_away_between_parts_is_away()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = ClientOf(listener);
        var store = new S3Store(client, "backups", "", TimeProvider.System);
        var beginning = BeginAsync();

        await AssertAwayAsync(() => store.PutAsync(Key, new byte[PartBytes + 1], Token));

        await beginning;

        async Task BeginAsync()
        {
            using var connection = await listener.AcceptTcpClientAsync(Token);
            listener.Stop();
            await AnswerBegunAsync(connection.GetStream());
        }
    }

    [Fact]
    public async Task A_write_that_is_cancelled_waits_for_no_server_that_falls_silent_between_parts()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = ClientOf(listener);
        var store = new S3Store(client, "backups", "", TimeProvider.System) { AbortLimit = TimeSpan.FromSeconds(0.1) };
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var writing = store.PutAsync(Key, new byte[PartBytes + 1], leaving.Token);
        using var begun = await listener.AcceptTcpClientAsync(Token);
        await AnswerBegunAsync(begun.GetStream());
        using var silent = await listener.AcceptTcpClientAsync(Token);
        await leaving.CancelAsync();

        var ending = writing.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ending);
    }

    private static async Task AnswerBegunAsync(NetworkStream connection)
    {
        var asked = new byte[16 << 10];
        for (var length = 0; !asked.AsSpan(0, length).EndsWith("\r\n\r\n"u8); )
        {
            length += await connection.ReadAtLeastAsync(asked.AsMemory(length), 1, true, Token);
        }

        var answer = $"HTTP/1.1 200 OK\r\nContent-Length: {Begun.Length}\r\nConnection: close\r\n\r\n{Begun}";
        await connection.WriteAsync(Encoding.ASCII.GetBytes(answer), Token);
    }

    private static AmazonS3Client ClientOf(TcpListener listener) =>
        new(
            new BasicAWSCredentials("key", "key"),
            new AmazonS3Config
            {
                ServiceURL = $"http://{listener.LocalEndpoint}",
                ForcePathStyle = true,
                MaxErrorRetry = 0,
            }
        );

    private static async Task AssertAwayAsync(Func<Task> call) =>
        Assert.Equal(ErrorReason.Unavailable, (await Assert.ThrowsAsync<DendriteException>(call)).Reason);
}
