using Dendrite.Cli.Connection;

namespace Dendrite.Cli.Hosting;

/// <summary>What a run of the program gets from the machine, so that tests can give something else.</summary>
internal sealed record CliHost
{
    public required TextWriter Output { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Standard output as bytes, for raw samples.</summary>
    public required Func<Stream> OpenBinaryOutput { get; init; }

    /// <summary>Whether a person reads standard error: then progress bars and colours are worth drawing.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Whether standard output goes to a terminal: then results may have colours.</summary>
    public bool IsOutputTerminal { get; init; }

    public required Func<string, string?> GetVariable { get; init; }

    public required string CurrentDirectory { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Opens the connections to the services.</summary>
    public required Func<ConnectionSettings, Platform> Connect { get; init; }

    public static CliHost OfProcess() =>
        new()
        {
            Output = TextWriter.Synchronized(
                new StreamWriter(PipedOutput.Open(), Console.OutputEncoding) { AutoFlush = true }
            ),
            Error = Console.Error,
            OpenBinaryOutput = PipedOutput.Open,
            IsInteractive = !Console.IsErrorRedirected,
            IsOutputTerminal = !Console.IsOutputRedirected,
            GetVariable = Environment.GetEnvironmentVariable,
            CurrentDirectory = Directory.GetCurrentDirectory(),
            Connect = Platform.Connect,
        };
}
