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
        var config = new AmazonS3Config
        {
            ServiceURL = $"http://{listener.LocalEndpoint}",
            ForcePathStyle = true,
            MaxErrorRetry = 0,
        };
        using var client = new AmazonS3Client(new BasicAWSCredentials("key", "key"), config);
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
            catch (SocketException)
            {
                // The test ends.
            }
        }
    }

    private static async Task AssertAwayAsync(Func<Task> call) =>
        Assert.Equal(ErrorReason.Unavailable, (await Assert.ThrowsAsync<DendriteException>(call)).Reason);
}
