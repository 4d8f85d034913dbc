using Dendrite.Cli.Output;

namespace Dendrite.Cli.Demo;

/// <summary>The summary at the end of a demonstration.</summary>
internal static class DemoView
{
    public static void Write(CliOutput output, DemoReport report)
    {
        if (output.IsJson)
        {
            output.WriteJson(report, CliJson.Shapes.DemoReport);
            return;
        }
        double write = Math.Max(report.WriteSeconds, 1e-9);
        double read = Math.Max(report.ReadSeconds, 1e-9);
        double ratio = report.StoredBytes > 0 ? (double)report.RawBytes / report.StoredBytes : 0;
        output.WriteLine($"recording    {report.Recording}");
        output.WriteLine($"branches     {string.Join(", ", report.Branches)}");
        output.WriteLine($"samples      {Figures.Count(report.SampleCount)} ({Figures.Bytes(report.RawBytes)})");
        output.WriteLine($"stored       {Figures.Bytes(report.StoredBytes)}, {ratio:0.00} times smaller");
        output.WriteLine(
            $"written in   {write:0.00} s, {Figures.Rate(report.SampleCount / write, "samples")}, durable"
        );
        output.WriteLine($"read in      {read:0.00} s, {Figures.Rate(report.SampleCount / read, "samples")}, compared");
        int held = report.Checks.Count(check => check.Held);
        output.WriteLine($"checks       {held} of {report.Checks.Count} held");
    }
}
