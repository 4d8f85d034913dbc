using Dendrite.Cli.Tests;

namespace Dendrite.SchedulerService.Tests.Backups;

/// <summary>Recordings and tables that people made, by the command line: backed up, lost, and brought back.</summary>
public sealed class RealDataTests : IDisposable
{
    private const string Missing = "../shared/data with edf, brainvision and clinical is not beside the repository.";

    private readonly VaultFolder vault = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => vault.Dispose();

    [Fact]
    public async Task Real_recordings_and_the_tables_of_a_study_come_back_by_one_command_with_equal_digests()
    {
        var data = FindData();
        Assert.SkipWhen(data is null, Missing);
        string digest;
        await using (var lost = await BackupLab.StartAsync(vault.Path))
        {
            await lost.ForkAsync("study");
            await SayAsync(lost, "import", Path.Combine(data!, "brainvision", "test.vhdr"), "--branch", "study");
            foreach (var table in new[] { "dm", "ae" })
            {
                var csv = Path.Combine(data!, "clinical", "cdiscpilot", $"{table}.csv");
                var key = table == "dm" ? "USUBJID" : "USUBJID,AESEQ";
                await SayAsync(lost, "dataset", "create", table, "--branch", "study", "--from", csv, "--key", key);
                await SayAsync(lost, "record", "load", table, csv, "--branch", "study");
            }

            await lost.MergeAsync("study");
            string[] main = ["--branches", "branch_id = \"main\""];
            await SayAsync(lost, ["backup", "plan", "create", "nightly", "--store", "vault", .. main]);
            await SayAsync(lost, "backup", "start", "nightly");
            digest = await lost.DigestAsync("main");
        }

        await using var empty = await BackupLab.StartAsync(vault.Path, seed: 2);
        var said = await SayAsync(empty, "restore", "--store", "vault", "--plan", "nightly");

        Assert.Contains("restored  branch main", said, StringComparison.Ordinal);
        Assert.Equal(digest, await empty.DigestAsync("main"));
    }

    private static string? FindData()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent;
        }

        var data = folder is null ? "" : Path.Combine(folder.FullName, "..", "shared", "data");
        return Directory.Exists(Path.Combine(data, "clinical")) ? data : null;
    }

    private static async Task<string> SayAsync(BackupLab lab, params string[] arguments) =>
        (await CommandRun.DoAsync(lab.Variables, arguments)).Output;
}
