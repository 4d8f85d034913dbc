using Dendrite.Cli.Export;
using Dendrite.Cli.Hosting;

namespace Dendrite.Cli.Tests;

public sealed class ExportTargetTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-export-target-tests-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_folder_that_is_not_there_is_said_by_the_name_that_was_given()
    {
        var path = Path.Combine(folder.FullName, "nowhere", "night.edf");
        var error = Assert.Throws<CliException>(() => ExportTarget.Create(path, "1", force: false, () => Stream.Null));
        Assert.Equal((ExitCode.NotFound, "FILE_NOT_FOUND"), (error.ExitCode, error.Reason));
        Assert.StartsWith($"{path} cannot be written", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_made_is_said_by_the_name_that_was_given()
    {
        // Longer than any file system takes.
        var path = Path.Combine(folder.FullName, new string('n', 300) + ".edf");
        var error = Assert.Throws<CliException>(() => ExportTarget.Create(path, "1", force: false, () => Stream.Null));
        Assert.Equal((ExitCode.Failure, "FILE_NOT_WRITABLE"), (error.ExitCode, error.Reason));
        Assert.StartsWith($"{path} cannot be written", error.Message, StringComparison.Ordinal);
    }
}
