using System.Text;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;

namespace Dendrite.IngestService.Tests.Commands;

/// <summary>One run of <c>dendrite</c> against the real service.</summary>
internal sealed record CommandRun(ExitCode ExitCode, string Output, string Error)
{
    /// <param name="command">The command line, split at spaces.</param>
    public static Task<CommandRun> OfAsync(IngestFixture fixture, string command) =>
        OfAsync(fixture, command.Split(' '));

    public static Task<CommandRun> OfAsync(IngestFixture fixture, params string[] args) =>
        OfAsync(fixture, args, new StringWriter(), TestContext.Current.CancellationToken);

    /// <param name="output">Gets what goes to standard output, as it comes.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static async Task<CommandRun> OfAsync(
        IngestFixture fixture,
        string[] args,
        StringWriter output,
        CancellationToken cancellationToken
    )
    {
        using var error = new StringWriter();
        using var binary = new MemoryStream();
        var host = new CliHost
        {
            Output = output,
            Error = error,
            OpenBinaryOutput = () => binary,
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
        var exitCode = await new CliApplication(host).RunAsync(args, cancellationToken);
        var text = output + Encoding.UTF8.GetString(binary.ToArray());
        return new((ExitCode)exitCode, text, error.ToString());
    }
}
