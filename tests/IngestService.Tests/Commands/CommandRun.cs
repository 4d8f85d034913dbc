using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;

namespace Dendrite.IngestService.Tests.Commands;

/// <summary>One run of <c>dendrite</c> against the real service.</summary>
internal sealed record CommandRun(ExitCode ExitCode, string Output, string Error)
{
    /// <param name="command">The command line, split at spaces.</param>
    public static Task<CommandRun> OfAsync(IngestFixture fixture, string command) =>
        OfAsync(fixture, command.Split(' '));

    public static async Task<CommandRun> OfAsync(IngestFixture fixture, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var host = new CliHost
        {
            Output = output,
            Error = error,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = name =>
                name switch
                {
                    "DENDRITE_API_KEY" => IngestFixture.TestKey,
                    "DENDRITE_PROJECT" => "lab",
                    _ when name.EndsWith("_URL", StringComparison.Ordinal) => fixture.Address,
                    _ => null,
                },
            // A folder above which no platform keeps a connection file.
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };
        var exitCode = await new CliApplication(host).RunAsync(args, TestContext.Current.CancellationToken);
        return new((ExitCode)exitCode, output.ToString(), error.ToString());
    }
}
