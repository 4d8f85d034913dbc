using Dendrite.Backups.Stores;

namespace Dendrite.Backups.Tests.Stores;

/// <summary>What every kind of store keeps to.</summary>
public abstract class ObjectStoreContract
{
    private static readonly ObjectKey Key = ObjectKey.Parse("lab/objects/ab/abcd");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An empty store; null with the reason where there can be none here.</summary>
    internal abstract Task<IObjectStore> OpenAsync();

    [Fact]
    public async Task What_was_put_is_found_listed_and_gone_after_it_was_deleted()
    {
        var store = await OpenAsync();
        Assert.Null(await store.FindAsync(Key, 100, Token));
        Assert.Null(await store.FindSizeAsync(Key, Token));

        await store.PutAsync(Key, new byte[] { 1, 2, 3 }, Token);
        await store.PutAsync(ObjectKey.Parse("lab2/objects/ab/other"), new byte[] { 9 }, Token);

        Assert.Equal([1, 2, 3], await store.FindAsync(Key, 100, Token));
        Assert.Equal(3, await store.FindSizeAsync(Key, Token));
        Assert.Equal([new StoredObject(Key, 3)], await ListAsync(store, "lab/"));
        await store.DeleteAsync(Key, Token);
        await store.DeleteAsync(Key, Token);
        Assert.Empty(await ListAsync(store, "lab/"));
    }

    [Fact]
    public async Task One_that_exists_is_replaced()
    {
        var store = await OpenAsync();
        await store.PutAsync(Key, new byte[] { 1, 2, 3 }, Token);

        await store.PutAsync(Key, new byte[] { 4 }, Token);

        Assert.Equal([4], await store.FindAsync(Key, 100, Token));
    }

    [Fact]
    public async Task Of_one_that_is_longer_than_wanted_one_byte_more_comes()
    {
        var store = await OpenAsync();
        await store.PutAsync(Key, new byte[1_000], Token);

        Assert.Equal(101, (await store.FindAsync(Key, 100, Token))!.Length);
    }

    [Fact]
    public async Task A_long_one_comes_back_byte_for_byte()
    {
        var store = await OpenAsync();
        var content = new byte[40 << 20];
        new Random(7).NextBytes(content);

        await store.PutAsync(Key, content, Token);

        var found = await store.FindAsync(Key, content.Length, Token);
        Assert.True(content.AsSpan().SequenceEqual(found));
    }

    [Fact]
    public async Task More_than_a_page_is_listed()
    {
        var store = await OpenAsync();
        await Parallel.ForAsync(
            0,
            1_100,
            Token,
            async (i, token) => await store.PutAsync(ObjectKey.Parse($"lab/objects/aa/{i:d4}"), new byte[] { 1 }, token)
        );

        Assert.Equal(1_100, (await ListAsync(store, "lab/objects/")).Count);
    }

    private static async Task<List<StoredObject>> ListAsync(IObjectStore store, string prefix)
    {
        List<StoredObject> found = [];
        await foreach (var item in store.ListAsync(prefix, Token))
        {
            found.Add(item);
        }

        return found;
    }
}
