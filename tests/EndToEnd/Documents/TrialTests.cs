using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Dendrite.EndToEnd.Documents;

/// <summary>docs/trial.md and docs/comparing.md, command by command, as a reader types them.</summary>
public sealed partial class TrialTests(Platform platform) : IClassFixture<Platform>
{
    private const string Trial = "docs/trial.md";
    private const string Exported = "artifacts/labs-as-reported.csv";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Every_command_of_the_life_of_a_trial_does_what_the_page_says()
    {
        // As a reader finds it: what an earlier run exported is not replaced unless told.
        File.Delete(Path.Combine(Repository.Root, Exported));
        var said = await RunAsync(Commands(Trial));

        // Each branch brings its own changes and no others, and the diff says so before the merge does.
        var ofAnn = said["dendrite diff main ann"]
            .Split('\n')
            .Where(line => line.Contains("S-0", StringComparison.Ordinal));
        Assert.Equal([Repository.Block(Trial, "text").TrimEnd()], ofAnn);
        var ofBen = said["dendrite diff main ben --dataset labs"];
        Assert.Contains("~ S-002,1,CREAT", ofBen, StringComparison.Ordinal);
        Assert.Contains("~ S-003,1,K", ofBen, StringComparison.Ordinal);

        // The end of it is what the page is about: Ann's value, Ben's comment, and each change with its author.
        Assert.Contains(
            "read from the paper form",
            said["dendrite record get labs S-002,1,CREAT"],
            StringComparison.Ordinal
        );
        Assert.Contains("1.1", said["dendrite record get labs S-002,1,CREAT"], StringComparison.Ordinal);
        var history = said["dendrite history labs S-002,1,CREAT --column value"];
        Assert.Contains("ann", history, StringComparison.Ordinal);
        Assert.Matches(@"main +value +1\.0 +1\.1 *$", history.Split('\n')[1]);
        Assert.Contains("S-003    1      K     5.9", said["dendrite assertion check main"], StringComparison.Ordinal);
        Assert.Contains(
            "A hemolysed sample has no value",
            said["! dendrite merge late-note"],
            StringComparison.Ordinal
        );
        var reported = said["dendrite record query labs --at interim-1 --filter 'subject = \"S-004\"'"];
        Assert.Contains("S-004", reported, StringComparison.Ordinal);
        var exported = Repository.Read(Exported);
        Assert.Contains("S-002,1,CREAT,1.1,mg/dL,read from the paper form", exported, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_of_the_page_about_comparing_does_what_the_page_says()
    {
        const string Page = "docs/comparing.md";
        var said = await RunAsync(Commands(Page));

        foreach (var line in Repository.Block(Page, "text").TrimEnd().Split('\n'))
        {
            Assert.Contains(line, said["dendrite diff compare-main compare-trial"], StringComparison.Ordinal);
        }

        var unified = said["dendrite diff compare-main compare-trial --format unified"];
        Assert.Contains("@@ doses d1 @@\n-mg: 5\n+mg: 7\n", unified, StringComparison.Ordinal);
        Assert.Contains("doses,d1,CHANGED,mg,5,7,", Repository.Read("artifacts/doses.csv"), StringComparison.Ordinal);
        Assert.Contains(
            "doses/d1 mg is 7; the patch expects 5",
            said["! dendrite patch compare-other artifacts/doses.patch"],
            StringComparison.Ordinal
        );
    }

    private static IEnumerable<string> Commands(string document) =>
        ShellBlocks()
            .Matches(Repository.Read(document))
            .SelectMany(block => block.Groups["commands"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>What each command said. One that begins with '!' must fail, every other must not.</summary>
    private async Task<Dictionary<string, string>> RunAsync(IEnumerable<string> commands)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "documents")).FullName;
        var connection = Path.Combine(folder, "connection.json");
        var facts = new
        {
            project = "lab",
            apiKey = Platform.Key,
            branch = platform.Branch.Address,
            ingest = platform.IngestAddress,
            comparison = platform.Comparison.Address,
            // No command of the pages asks it.
            scheduler = platform.IngestAddress,
        };
        await File.WriteAllTextAsync(connection, JsonSerializer.Serialize(facts));
        var said = new Dictionary<string, string>();
        foreach (var command in commands)
        {
            var (code, output) = await ShellAsync(command.TrimStart('!', ' '), connection);
            Assert.True(command.StartsWith('!') == (code != 0), $"{command}\nended with {code}:\n{output}");
            said[command] = output;
        }

        return said;
    }

    private static async Task<(int Code, string Output)> ShellAsync(string command, string connection)
    {
        var built = Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(Repository.Root, "artifacts", "bin", "Cli", built, "dendrite.dll");
        var start = new ProcessStartInfo("bash", ["-c", $"dendrite() {{ dotnet '{program}' \"$@\"; }}\n{command} 2>&1"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
            Environment = { ["DENDRITE_CONNECTION"] = connection },
        };
        using var process = Process.Start(start)!;
        var token = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(token);
        await process.WaitForExitAsync(token).WaitAsync(Patience, token);
        return (process.ExitCode, await output);
    }

    [GeneratedRegex("```sh\n(?<commands>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex ShellBlocks();
}
