using Dendrite.Cli.Hosting;
using Dendrite.Fixtures;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary>
/// <c>dendrite</c> as people have it: a process of its own for each command, against the running platform, in a project
/// of its own.
/// </summary>
internal sealed class NightCli(NightShift night, string project)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>With a project that is new.</summary>
    public static async Task<NightCli> InNewProjectAsync(NightShift night, string project)
    {
        await new ProjectService.ProjectServiceClient(night.Open(night.Branch)).CreateProjectAsync(
            new() { ProjectId = project },
            NightShift.Options
        );
        return new(night, project);
    }

    /// <summary>Runs a command to its end.</summary>
    /// <returns>What it wrote, on standard output and standard error together.</returns>
    public async Task<(ExitCode Code, string Said)> RunAsync(params string[] arguments)
    {
        await using var process = Begin(arguments);
        var code = (ExitCode)await process.RunAsync(Token);
        return (code, process.Log);
    }

    /// <summary>A command that must succeed; each space parts two arguments.</summary>
    public Task<string> DoAsync(string line) => DoAsync(line.Split(' '));

    /// <summary>A command that must succeed.</summary>
    public async Task<string> DoAsync(string[] arguments)
    {
        var (code, said) = await RunAsync(arguments);
        Assert.True(code == ExitCode.Success, $"{string.Join(' ', arguments)}: {code}\n{said}");
        return said;
    }

    /// <summary>A command whose answer is read as a program reads it.</summary>
    public async Task<T> ReadAsync<T>(string line)
        where T : IMessage<T>, new() => JsonParser.Default.Parse<T>(await DoAsync($"{line} --json"));

    /// <summary>A command that must end with another exit code, and say something.</summary>
    public async Task RefusedAsync(ExitCode expected, string line, string problem)
    {
        var (code, said) = await RunAsync(line.Split(' '));
        Assert.True(code == expected, $"{line}: {code}\n{said}");
        Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    /// <summary>A command that its caller starts.</summary>
    public ServiceProcess Begin(params string[] arguments) =>
        new(
            "Cli",
            "dendrite",
            new Dictionary<string, string>
            {
                ["DENDRITE_API_KEY"] = Platform.Key,
                ["DENDRITE_PROJECT"] = project,
                ["DENDRITE_BRANCH_URL"] = night.Branch.Address,
                ["DENDRITE_INGEST_URL"] = night.Ingest.Address,
                ["DENDRITE_COMPARISON_URL"] = night.Comparison.Address,
                ["DENDRITE_SCHEDULER_URL"] = night.Schedulers[0].Address,
            }
        )
        {
            Arguments = arguments,
        };
}
