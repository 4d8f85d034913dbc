using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Tests.Reading;

public sealed class MissingSamplesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_missing_is_said_on_standard_error_also_where_the_result_is_json(bool json)
    {
        using var error = new StringWriter();
        var host = new CliHost
        {
            Output = TextWriter.Null,
            Error = error,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = CommandRun.Nothing,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };
        var missing = new MissingSamples(new CliOutput(host, json));

        for (var i = 0; i < 11; i++)
        {
            missing.Tell(
                new()
                {
                    Range = new() { StartSample = i, EndSample = i + 1 },
                    Cause = GapCause.Masked,
                }
            );
        }
        missing.Complete();

        Assert.Contains("warning: samples 0 to 1 are missing: ", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("warning: 1 more range is missing", error.ToString(), StringComparison.Ordinal);
    }
}
