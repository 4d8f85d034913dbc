using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>One run of the program in this process.</summary>
internal sealed record CliRun(ExitCode ExitCode, string Output, string Error, byte[] Bytes)
{
    /// <summary>Runs against a fake platform, or against none.</summary>
    public static async Task<CliRun> OfAsync(FakePlatform? platform, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var bytes = new MemoryStream();
        var host = new CliHost
        {
            Output = output,
            Error = error,
            OpenBinaryOutput = () => new KeptOpen(bytes),
            GetVariable = name => platform is null ? null : Variable(platform, name),
            // A folder above which no platform keeps a connection file.
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };
        int exitCode = await new CliApplication(host).RunAsync(args, TestContext.Current.CancellationToken);
        return new((ExitCode)exitCode, output.ToString(), error.ToString(), bytes.ToArray());
    }

    private static string? Variable(FakePlatform platform, string name) =>
        name switch
        {
            "DENDRITE_API_KEY" => FakeState.ApiKey,
            "DENDRITE_PROJECT" => "lab",
            _ when name.EndsWith("_URL", StringComparison.Ordinal) => platform.Address,
            _ => null,
        };

    /// <summary>Standard output outlives the command that writes to it.</summary>
    private sealed class KeptOpen(MemoryStream inner) : MemoryStream
    {
        public override void Flush() => Move();

        protected override void Dispose(bool disposing)
        {
            Move();
            base.Dispose(disposing);
        }

        private void Move()
        {
            WriteTo(inner);
            SetLength(0);
        }
    }
}
