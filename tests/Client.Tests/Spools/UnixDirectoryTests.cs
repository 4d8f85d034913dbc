using Dendrite.Backups.Stores;

namespace Dendrite.Client.Tests.Spools;

public sealed class UnixDirectoryTests
{
    [Fact]
    public void A_file_system_that_flushes_no_directories_is_used_all_the_same()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The directory is one of Linux.");

        UnixDirectory.Flush("/proc/self");
    }

    [Fact]
    public void A_directory_that_is_not_there_is_said()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Nothing is done there.");

        var gone = Path.Combine(Path.GetTempPath(), "no-such-directory");
        Assert.Contains(
            gone,
            Assert.Throws<IOException>(() => UnixDirectory.Flush(gone)).Message,
            StringComparison.Ordinal
        );
    }
}
