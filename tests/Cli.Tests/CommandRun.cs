using System.Text;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;

namespace Dendrite.Cli.Tests;

/// <summary>One run of <c>dendrite</c> in the process of a test.</summary>
/// <param name="Output">What went to standard output as text.</param>
/// <param name="Bytes">What went there as bytes, such as raw samples.</param>
internal sealed record CommandRun(ExitCode ExitCode, string Output, string Error, byte[] Bytes)
{
    /// <summary>All of standard output, as text.</summary>
    public string Text => Output + Encoding.UTF8.GetString(Bytes);

    /// <summary>An environment in which nothing is set.</summary>
    public static Func<string, string?> Nothing { get; } = _ => null;

    /// <param name="variables">What the environment has; null for a name that is not set.</param>
    /// <param name="command">The command line, split at spaces.</param>
    public static Task<CommandRun> OfAsync(Func<string, string?> variables, string command) =>
        OfAsync(variables, command.Split(' '));

    public static Task<CommandRun> OfAsync(Func<string, string?> variables, params string[] args) =>
        OfAsync(variables, args, new StringWriter(), TestContext.Current.CancellationToken);

    /// <param name="output">Gets what goes to standard output, as it comes.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <param name="time">The machine's where there is none.</param>
    public static async Task<CommandRun> OfAsync(
        Func<string, string?> variables,
        string[] args,
        TextWriter output,
        CancellationToken cancellationToken,
        TimeProvider? time = null
    )
    {
        using var error = new StringWriter();
        using var bytes = new MemoryStream();
        var host = new CliHost
        {
            Output = output,
            Error = error,
            OpenBinaryOutput = () => new KeptOpen(bytes),
            GetVariable = variables,
            // A folder above which no platform keeps a connection file.
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
            Time = time ?? TimeProvider.System,
        };
        var exitCode = await new CliApplication(host).RunAsync(args, cancellationToken);
        return new((ExitCode)exitCode, output.ToString()!, error.ToString(), bytes.ToArray());
    }

    /// <summary>A run that must succeed.</summary>
    public static async Task<CommandRun> DoAsync(Func<string, string?> variables, params string[] args)
    {
        var run = await OfAsync(variables, args);
        Assert.True(run.ExitCode == ExitCode.Success, $"{string.Join(' ', args)}: {run.Error}{run.Output}");
        return run;
    }

    /// <summary>The environment of somebody who works in the project <c>lab</c>.</summary>
    /// <param name="key">The API key.</param>
    /// <param name="addressOf">Where a service is, by its name, such as <c>INGEST</c>.</param>
    public static Func<string, string?> Variables(string key, Func<string, string?> addressOf) =>
        name =>
            name switch
            {
                "DENDRITE_API_KEY" => key,
                "DENDRITE_PROJECT" => "lab",
                _ when name.Split('_') is ["DENDRITE", var service, "URL"] => addressOf(service),
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
