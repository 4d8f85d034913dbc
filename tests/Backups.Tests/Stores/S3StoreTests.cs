using Dendrite.Backups.Stores;
using Dendrite.Errors;

namespace Dendrite.Backups.Tests.Stores;

public sealed class S3StoreTests(S3Peer peer) : ObjectStoreContract, IClassFixture<S3Peer>, IDisposable
{
    private static int count;

    private readonly List<StoreCatalog> catalogs = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => catalogs.ForEach(catalog => catalog.Dispose());

    /// <summary>A prefix of its own for each test.</summary>
    internal override Task<IObjectStore> OpenAsync() =>
        Task.FromResult(Open(S3Peer.Bucket, $"test-{Interlocked.Increment(ref count)}"));

    [Fact]
    public async Task A_bucket_that_is_not_there_is_no_empty_store()
    {
        var store = Open("no-such-bucket", "");

        var refused = await Assert.ThrowsAsync<DendriteException>(() =>
            store.FindAsync(ObjectKey.Parse("lab/objects/ab/abcd"), 10, Token)
        );

        Assert.Equal(ErrorReason.Unavailable, refused.Reason);
        Assert.DoesNotContain(S3Peer.Key, refused.Message, StringComparison.Ordinal);
    }

    private IObjectStore Open(string bucket, string prefix)
    {
        Assert.SkipWhen(peer.Missing is not null, peer.Missing ?? "");
        var options = new BackupOptions
        {
            Stores =
            {
                ["s3"] = new()
                {
                    Bucket = bucket,
                    Prefix = prefix,
                    Endpoint = peer.Endpoint,
                    AccessKey = S3Peer.Key,
                    SecretKey = S3Peer.Key,
                },
            },
        };
        var catalog = new StoreCatalog(options, TimeProvider.System);
        catalogs.Add(catalog);
        return catalog.Get("s3");
    }
}
