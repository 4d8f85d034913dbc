using System.Runtime.Versioning;
using Aspire.Hosting.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dendrite.StandIns.Aspire.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class StoreTests : IDisposable
{
    private readonly TemporaryFolder root = new();

    [Fact]
    public void A_second_store_takes_other_folders_and_the_first_ones_are_free_again_after_it()
    {
        using (var first = Open())
        using (var second = Open())
        {
            Assert.Equal(root.File("data-1/db"), first.FolderFor("db", kept: true, user: null));
            Assert.Equal(root.File("data-2/db"), second.FolderFor("db", kept: true, user: null));
        }

        using var third = Open();
        Assert.Equal(root.File("data-1/db"), third.FolderFor("db", kept: true, user: null));
    }

    [Fact]
    public void Kept_data_stays_and_other_data_goes()
    {
        using (var store = Open())
        {
            File.WriteAllText(Path.Combine(store.FolderFor("db", kept: true, user: null), "kept"), "x");
            File.WriteAllText(Path.Combine(store.FolderFor("cache", kept: false, user: null), "lost"), "x");
        }

        Assert.True(File.Exists(root.File("data-1/db/kept")));
        Assert.False(Directory.Exists(root.File("temporary-1/cache")));
    }

    [Fact]
    public void What_a_killed_run_left_in_a_temporary_folder_is_not_found_by_the_next()
    {
        Directory.CreateDirectory(root.File("temporary-1/db"));
        File.WriteAllText(root.File("temporary-1/db/left"), "x");

        using var store = Open();

        Assert.Empty(Directory.EnumerateFileSystemEntries(store.FolderFor("db", kept: false, user: null)));
    }

    [Fact]
    public void Where_another_user_cannot_reach_the_store_its_data_is_put_where_it_can()
    {
        File.SetUnixFileMode(root.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string folder;
        using (var store = Open())
        {
            folder = store.FolderFor("db", kept: false, new UnixUser("nobody", 65534, 65534));
            Assert.StartsWith("/var/tmp/apphost-", folder, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Path.Combine(folder, "..", "..")));
    }

    public void Dispose() => root.Dispose();

    private Store Open()
    {
        var settings = new Dictionary<string, string?> { ["Aspire:Store:Path"] = root.Path };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        return new Store(configuration, new BuildFacts(null), NullLogger<Store>.Instance);
    }
}
