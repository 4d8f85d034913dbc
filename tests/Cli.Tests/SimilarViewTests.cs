using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Similarity;
using Dendrite.V1;

namespace Dendrite.Cli.Tests;

public sealed class SimilarViewTests
{
    [Fact]
    public void Where_not_everything_was_looked_at_it_is_not_said_that_nothing_is_there()
    {
        var (text, warning) = Show(new() { Complete = false });

        Assert.DoesNotContain("is there to look at", text, StringComparison.Ordinal);
        Assert.Contains("was found so far", text, StringComparison.Ordinal);
        Assert.Contains("--streams or fewer --in", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_everything_was_looked_at_it_is_said_that_nothing_is_there()
    {
        var (text, warning) = Show(new() { Complete = true });

        Assert.Contains("No window of that length and unit is there to look at.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ask again", warning, StringComparison.Ordinal);
    }

    private static (string Output, string Error) Show(QuerySimilarWindowsResponse answer)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var host = new CliHost
        {
            Output = output,
            Error = error,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = CommandRun.Nothing,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };
        SimilarView.Write(new CliOutput(host, json: false), answer);
        return (output.ToString(), error.ToString());
    }
}
