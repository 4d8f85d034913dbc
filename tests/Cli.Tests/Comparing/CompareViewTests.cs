using System.Text.RegularExpressions;
using Dendrite.Cli.Comparing;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Tests.Comparing;

public sealed class CompareViewTests
{
    [Theory]
    [InlineData(0.95, "1 below 0.05 after", true)]
    [InlineData(0.99, "0 below 0.01 after", false)]
    [InlineData(0.9, "1 below 0.1 after", true)]
    public void What_is_marked_follows_the_confidence_as_it_does_in_a_report(
        double confidence,
        string said,
        bool marked
    )
    {
        var text = Show(confidence, 0.03);

        Assert.Contains(said, text, StringComparison.Ordinal);
        Assert.Equal(marked, Regex.IsMatch(text, @"0\.03 +\*"));
    }

    [Fact]
    public void An_interval_of_less_than_certainty_is_not_called_one_of_100_per_cent() =>
        Assert.Contains("99.9999% INTERVAL", Show(0.999999, 0.03), StringComparison.Ordinal);

    private static string Show(double confidence, double corrected)
    {
        using var output = new StringWriter();
        var host = new CliHost
        {
            Output = output,
            Error = TextWriter.Null,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = CommandRun.Nothing,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };
        var channel = new ChannelComparison
        {
            Pair = new()
            {
                FromStreamId = "eeg",
                FromChannel = "C3",
                ToStreamId = "eeg",
                ToChannel = "C3",
            },
            From = new(),
            To = new(),
        };
        channel.Tests.Add(new FeatureTest { Feature = "mean", AdjustedTP = corrected });
        var comparison = new ExperimentComparison { Options = new() { Confidence = confidence } };
        comparison.Channels.Add(channel);
        CompareView.Write(new CliOutput(host, json: false), comparison);
        return output.ToString();
    }
}
