using System.CommandLine;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Output;

namespace Dendrite.Cli.Hosting;

/// <summary>
/// One run of one command: its arguments, where its output goes, and the platform once it is asked for.
/// </summary>
internal sealed class Session(ParseResult arguments, CliHost host, GlobalOptions options) : IAsyncDisposable
{
    private Platform? platform;

    public CliHost Host => host;

    public ParseResult Arguments => arguments;

    public CliOutput Output { get; } = new(host, arguments.GetValue(options.Json));

    /// <summary>Connects on first use, so that what needs no platform (a bad file) is said first.</summary>
    public Platform Platform => platform ??= host.Connect(ConnectionDiscovery.Find(host, arguments, options));

    /// <summary>A new id for a request that changes something: repeated below, it is done once.</summary>
    public string NewRequestId() => Guid.CreateVersion7(host.Time.GetUtcNow()).ToString();

    public ValueTask DisposeAsync() => platform?.DisposeAsync() ?? ValueTask.CompletedTask;
}
