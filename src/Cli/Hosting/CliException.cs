namespace Dendrite.Cli.Hosting;

/// <summary>A failure found on this side of the network. The message says what happened and what to do.</summary>
/// <param name="reason">A stable word for programs, in the style of the server's reasons.</param>
internal sealed class CliException(ExitCode exitCode, string reason, string message) : Exception(message)
{
    public ExitCode ExitCode { get; } = exitCode;

    public string Reason { get; } = reason;

    /// <summary>Facts for programs; as of the error on the other side, where there was one.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>();
}
