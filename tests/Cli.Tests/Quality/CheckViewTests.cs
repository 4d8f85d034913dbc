using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Quality;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Tests.Quality;

public sealed class CheckViewTests
{
    [Fact]
    public void A_figure_that_holds_is_told_with_its_unit_and_its_bound()
    {
        var lively = new QualityCheck { Name = "projects/lab/qualityChecks/lively" };
        lively.MaxFlatDuration = Duration.FromTimeSpan(TimeSpan.FromSeconds(2));
        var whole = new QualityCheck { Name = "projects/lab/qualityChecks/whole", MaxMissingRatio = 0.5 };

        Assert.Equal(
            "holds  lively  0.4 s (flat for less than 2 s)\nholds  whole  0.25 (missing at most 0.5)\n"
                + "All checks hold.\n",
            Show([lively, whole], Held(lively, 0.4), Held(whole, 0.25))
        );
    }

    [Fact]
    public void A_check_that_is_deleted_by_now_keeps_its_figure()
    {
        var gone = new QualityCheck { Name = "projects/lab/qualityChecks/gone" };

        Assert.Contains("holds  gone  0.25\n", Show([], Held(gone, 0.25)), StringComparison.Ordinal);
    }

    private static QualityFinding Held(QualityCheck check, double value) =>
        new()
        {
            Check = check.Name,
            Passed = true,
            Value = value,
        };

    private static string Show(QualityCheck[] checks, params QualityFinding[] findings)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var host = new CliHost
        {
            Output = output,
            Error = TextWriter.Null,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = CommandRun.Nothing,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };
        var result = new QualityResult { Passed = true, Findings = { findings } };
        CheckView.Write(new CliOutput(host, json: false), result, checks);
        return output.ToString();
    }
}
