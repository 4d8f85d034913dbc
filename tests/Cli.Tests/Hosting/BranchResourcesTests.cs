using System.CommandLine;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests.Hosting;

/// <summary>A full name says its branch and project itself, and does not go before what was said beside it.</summary>
public sealed class BranchResourcesTests
{
    private const string Other = "projects/lab/branches/other";

    /// <summary>Every command that has a branch and names something in one.</summary>
    public static TheoryData<string> Lines =>
        [
            .. Below(new CliApplication(Host()).BuildRoot(), "")
                .Where(command => command.Command.Options.Any(option => option.Name == "--branch"))
                .Where(command => command.Command.Arguments.Any(IsInBranch))
                // An id is given to what is made, no name.
                .Where(command => command.Command.Name != "create")
                .Select(command => $"{command.Path} {LineOf(command.Command)}"),
            $"import {Recording} -s {Other}/streams/night",
            $"simulate --speed 0 -s {Other}/streams/night",
            $"show {Other}/commits/24",
        ];

    private static Lazy<string> Changes { get; } =
        new(() =>
        {
            var path = Path.Combine(Directory.CreateTempSubdirectory("dendrite-").FullName, "changes.json");
            File.WriteAllText(path, "{}");
            return path;
        });

    private static string Recording => typeof(CommandRun).Assembly.Location;

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_full_name_of_another_branch_than_was_given_is_refused(string line)
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, $"{line} --branch main");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(
            "is not on the branch that --branch names, projects/lab/branches/main: leave one of them out",
            run.Error,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("branch show projects/lab/branches/main --project other")]
    [InlineData("streams show projects/lab/branches/main/streams/eeg --project other")]
    [InlineData("show projects/lab/branches/main/commits/24 --project other")]
    [InlineData("job log projects/lab/jobs/j/runs/r --project other")]
    [InlineData("merge show projects/lab/merges/m1 --project other")]
    [InlineData("job create j --project other --task sync:projects/lab/syncSources/s")]
    public async Task So_is_one_of_another_project(string line)
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, line);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("is not in the project that --project names, other", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("branch show projects/lab/branches/main --project lab")]
    [InlineData("branch show projects/lab/branches/main")]
    public async Task One_that_agrees_is_taken(string line)
    {
        await using var platform = await FakePlatform.StartAsync();
        Assert.Equal(ExitCode.Success, (await CommandRun.OfAsync(platform.Variables, line)).ExitCode);
    }

    [Fact]
    public async Task A_project_that_is_asked_about_itself_is_in_no_other_however_it_is_named()
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, "project show projects/lab --project other");

        Assert.NotEqual(ExitCode.Usage, run.ExitCode);
    }

    [Theory]
    [InlineData("backup show 20261121-020000-1f0a9c3e", "is no backup: give PLAN/ID")]
    [InlineData("restore nightly", "is no backup: give PLAN/ID")]
    [InlineData("job log nightly", "is no run: give JOB/ID")]
    public async Task What_has_its_id_below_another_one_says_so(string line, string problem)
    {
        await using var platform = await FakePlatform.StartAsync();

        var run = await CommandRun.OfAsync(platform.Variables, line);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
    }

    private static bool IsInBranch(Argument argument) => argument.Name is "STREAM" or "DATASET";

    private static string LineOf(Command command) =>
        string.Join(
            ' ',
            command
                .Arguments.Select(argument =>
                    argument.Name switch
                    {
                        "STREAM" => $"{Other}/streams/eeg",
                        "DATASET" => $"{Other}/datasets/labs",
                        "VALUES" => "{}",
                        "FILE" => Changes.Value,
                        "ID" => "2c1a5e3c-1a2b-4c3d-8e4f-5a6b7c8d9e0f",
                        _ => "x",
                    }
                )
                .Concat(
                    command
                        .Options.Where(option => option.Required)
                        .Select(option => $"{option.Name} {(option.Name == "--output" ? "x.csv" : "7")}")
                )
                .Concat(
                    command.Name == "update" ? ["--title t"]
                    : command.Name == "put" && command.Arguments[^1].Name == "TEXT" ? ["--sample 3"]
                    : []
                )
        );

    private static IEnumerable<(string Path, Command Command)> Below(Command parent, string path) =>
        parent.Subcommands.SelectMany(command =>
            Below(command, $"{path}{command.Name} ").Prepend(($"{path}{command.Name}", command))
        );

    private static CliHost Host() =>
        new()
        {
            Output = TextWriter.Null,
            Error = TextWriter.Null,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = CommandRun.Nothing,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };
}
