using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;

namespace Dendrite.Cli.Tests.Projects;

public sealed class ProjectCreateTests
{
    [Theory]
    [InlineData("--label", "site=berlin", "site=ulm")]
    [InlineData("--naming-template", "trial=t-{n}", "trial=u-{n}")]
    public async Task A_pair_of_a_project_that_is_made_is_given_once(string option, string first, string second)
    {
        await using var platform = await FakePlatform.StartAsync();

        string[] create = ["project", "create", "lab", option, first, option, second];
        var run = await CommandRun.OfAsync(platform.Variables, create);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"{option} '{second}' is not a KEY=VALUE of its own", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("create", false)]
    [InlineData("update", true)]
    public async Task Only_a_project_that_is_there_is_said_to_lose_pairs(string verb, bool takesAway)
    {
        var run = await CommandRun.DoAsync(CommandRun.Nothing, "project", verb, "--help");

        Assert.Equal(takesAway, run.Output.Contains("takes one away", StringComparison.Ordinal));
        Assert.Contains("{date}-{purpose}-v{n}'", run.Output, StringComparison.Ordinal);
    }
}
