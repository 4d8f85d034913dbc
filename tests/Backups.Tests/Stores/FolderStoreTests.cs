using Dendrite.Backups.Stores;
using Dendrite.Errors;

namespace Dendrite.Backups.Tests.Stores;

public sealed class FolderStoreTests : ObjectStoreContract, IDisposable
{
    private static readonly ObjectKey Key = ObjectKey.Parse("lab/objects/ab/abcd");

    private readonly string folder = Directory.CreateTempSubdirectory("dendrite-store-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    internal override Task<IObjectStore> OpenAsync() => Task.FromResult<IObjectStore>(NewStore());

    [Fact]
    public async Task What_a_writer_that_died_left_is_listed_by_nobody_and_removed_once_it_is_old()
    {
        var store = NewStore();
        await store.PutAsync(Key, new byte[] { 1 }, Token);
        var draft = Path.Combine(folder, "lab", "objects", "ab", ".new-0123456789abcdef");
        await File.WriteAllBytesAsync(draft, [1, 2], Token);

        await store.RemoveRemainsAsync("lab/", Token);
        Assert.True(File.Exists(draft));
        File.SetLastWriteTimeUtc(draft, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-2));
        await store.RemoveRemainsAsync("lab/", Token);

        Assert.False(File.Exists(draft));
        Assert.Equal([1], await store.FindAsync(Key, 10, Token));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_no_empty_store()
    {
        var store = new FolderStore(Path.Combine(folder, "not-mounted"), TimeProvider.System);

        var refused = await Assert.ThrowsAsync<DendriteException>(() => store.FindSizeAsync(Key, Token));

        Assert.Equal(ErrorReason.Unavailable, refused.Reason);
        Assert.DoesNotContain(folder, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_leads_out_of_the_folder_is_neither_read_nor_written_nor_listed()
    {
        var outside = Directory.CreateTempSubdirectory("dendrite-outside-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "lab", "objects"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "lab", "objects", "ab"), outside);
        await File.WriteAllBytesAsync(Path.Combine(outside, "abcd"), [1], Token);
        var store = NewStore();

        await Assert.ThrowsAsync<DendriteException>(() => store.FindAsync(Key, 10, Token));
        await Assert.ThrowsAsync<DendriteException>(() => store.PutAsync(Key, new byte[] { 2 }, Token));
        await Assert.ThrowsAsync<DendriteException>(() => store.DeleteAsync(Key, Token));
        var listed = new List<StoredObject>();
        await foreach (var found in store.ListAsync("lab/", Token))
        {
            listed.Add(found);
        }

        Assert.Empty(listed);
        Assert.Equal([1], await File.ReadAllBytesAsync(Path.Combine(outside, "abcd"), Token));
        Directory.Delete(outside, recursive: true);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_read_while_it_is_listed_is_said_as_any_failure_of_the_store()
    {
        var store = NewStore();
        foreach (var id in new[] { "ab", "cd" })
        {
            await store.PutAsync(ObjectKey.Parse($"lab/objects/{id}/{id}00"), new byte[] { 1 }, Token);
        }

        await using var listing = store.ListAsync("lab/", Token).GetAsyncEnumerator(Token);
        Assert.True(await listing.MoveNextAsync());
        // The other folder, before it is opened, becomes one that nobody can open.
        var other = listing.Current.Key.ToString().Contains("ab00", StringComparison.Ordinal) ? "cd" : "ab";
        var unread = Path.Combine(folder, "lab", "objects", other);
        Directory.Delete(unread, recursive: true);
        File.CreateSymbolicLink(unread, unread);

        var refused = await Assert.ThrowsAsync<DendriteException>(async () => await listing.MoveNextAsync());

        Assert.Equal(ErrorReason.Unavailable, refused.Reason);
        Assert.DoesNotContain(folder, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_goes_while_it_is_listed_is_left_out()
    {
        var store = NewStore();
        await store.PutAsync(ObjectKey.Parse("lab/objects/ab/ab00"), new byte[] { 1 }, Token);
        await store.PutAsync(ObjectKey.Parse("lab/objects/ab/ab01"), new byte[] { 1 }, Token);

        var listed = new List<ObjectKey>();
        await foreach (var found in store.ListAsync("lab/", Token))
        {
            listed.Add(found.Key);
            foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "lab", "objects", "ab")))
            {
                File.Delete(file);
            }
        }

        Assert.Single(listed);
    }

    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("lab/../../etc")]
    [InlineData("/etc/passwd")]
    [InlineData("lab//objects")]
    [InlineData("lab/objects/")]
    [InlineData("lab/.hidden")]
    [InlineData("lab/Objects")]
    [InlineData("lab\\objects")]
    [InlineData("lab/objects\n")]
    [InlineData("lab/obj\0ects")]
    [InlineData("C:/windows")]
    [InlineData("")]
    public void What_is_no_plain_name_is_no_key(string text) => Assert.False(ObjectKey.TryParse(text, out _));

    private FolderStore NewStore() => new(folder, TimeProvider.System);
}
