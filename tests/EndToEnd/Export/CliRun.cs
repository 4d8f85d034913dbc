using Dendrite.Cli.Hosting;
using CliPlatform = Dendrite.Cli.Connection.Platform;

namespace Dendrite.EndToEnd.Export;

/// <summary>One run of <c>dendrite</c> against the running platform.</summary>
internal sealed record CliRun(ExitCode Code, string Output, string Error, byte[] Binary)
{
    public static async Task<CliRun> RunAsync(Platform platform, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var binary = new MemoryStream();
        var host = new CliHost
        {
            Output = output,
            Error = error,
            OpenBinaryOutput = () => binary,
            GetVariable = name =>
                name switch
                {
                    "DENDRITE_API_KEY" => Platform.Key,
                    "DENDRITE_PROJECT" => "lab",
                    "DENDRITE_INGEST_URL" => platform.IngestAddress,
                    "DENDRITE_COMPARISON_URL" => platform.Comparison.Address,
                    _ when name.EndsWith("_URL", StringComparison.Ordinal) => platform.Branch.Address,
                    _ => null,
                },
            // A folder above which no platform keeps a connection file.
            CurrentDirectory = Path.GetTempPath(),
            Connect = CliPlatform.Connect,
        };
        int code = await new CliApplication(host).RunAsync(arguments, TestContext.Current.CancellationToken);
        return new((ExitCode)code, output.ToString(), error.ToString(), binary.ToArray());
    }

    /// <summary>A run that must succeed.</summary>
    public static async Task<CliRun> DoAsync(Platform platform, params string[] arguments)
    {
        var run = await RunAsync(platform, arguments);
        Assert.True(run.Code == ExitCode.Success, $"{string.Join(' ', arguments)}: {run.Error}{run.Output}");
        return run;
    }
}
