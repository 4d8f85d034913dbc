using Dendrite.Cli.Import;

namespace Dendrite.Cli.Tests.Import;

/// <summary>What a header's names find beside it.</summary>
public sealed class LocalFilesTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-local-files-tests-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("night.eeg", "night.eeg")]
    [InlineData("NIGHT.EEG", "night.eeg")]
    [InlineData("Night.vmrk", "NIGHT.VMRK")]
    [InlineData("continuous\\A\\CONTINUOUS.dat", "continuous/A/continuous.dat")]
    [InlineData("day.eeg", null)]
    [InlineData("../night.eeg", null)]
    [InlineData("gone/night.eeg", null)]
    [InlineData("continuous", null)]
    public void A_name_finds_the_file_whatever_the_case_of_its_letters(string name, string? expected)
    {
        Make("night.eeg", "NIGHT.VMRK", "continuous/A/continuous.dat");

        Assert.Equal(expected is null ? null : PathOf(expected), Files().FullPath(name));
    }

    [Fact]
    public void A_file_of_the_very_name_comes_first_and_of_several_others_none()
    {
        Make("night.eeg", "NIGHT.EEG");
        Assert.SkipWhen(folder.GetFiles().Length < 2, "the file system takes both for one");

        Assert.Equal(PathOf("NIGHT.EEG"), Files().FullPath("NIGHT.EEG"));
        Assert.Null(Files().FullPath("Night.eeg"));
    }

    private LocalFiles Files() => new(PathOf("night.vhdr"));

    private void Make(params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
            File.WriteAllText(PathOf(name), name);
        }
    }

    private string PathOf(string name) => Path.Combine(folder.FullName, name);
}
