using System.Globalization;
using System.Text.Json;
using Dendrite.Fixtures;

namespace Dendrite.EndToEnd.CrashMatrix;

/// <summary>Twenty gateways in a process of their own: <c>dendrite simulate</c>.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    public const int Channels = 8;
    public const int RateHz = 128;
    public const int Seed = 5;

    private readonly ServiceProcess process;
    private readonly string folder;
    private readonly string branch;
    private readonly double seconds;
    private volatile bool isRestarting;

    public GatewayProcess(string folder, string branch, double seconds, string ingestAddress)
    {
        this.folder = folder;
        this.branch = branch;
        this.seconds = seconds;
        var environment = new Dictionary<string, string>
        {
            ["DENDRITE_API_KEY"] = Platform.Key,
            ["DENDRITE_PROJECT"] = "lab",
            ["DENDRITE_INGEST_URL"] = ingestAddress,
            // Not called, but a connection has four addresses.
            ["DENDRITE_BRANCH_URL"] = ingestAddress,
            ["DENDRITE_COMPARISON_URL"] = ingestAddress,
            ["DENDRITE_SCHEDULER_URL"] = ingestAddress,
        };
        process = new("Cli", "dendrite", environment);
    }

    public string JournalPath => Path.Combine(folder, "journal");

    /// <summary>By itself; others may look while it is killed and started again.</summary>
    public bool HasEnded => !isRestarting && process.HasEnded;

    public string Log => process.Log;

    /// <summary>Starts it in real time, again after a kill: on the same spools.</summary>
    public void Start()
    {
        process.Arguments = Arguments(speed: 1);
        process.Start();
    }

    public Task KillAsync() => process.KillAsync();

    /// <summary>Kills it, and starts it again.</summary>
    public async Task RestartAsync()
    {
        isRestarting = true;
        await KillAsync();
        Start();
        isRestarting = false;
    }

    /// <summary>Gives what is left as fast as it goes, and answers when all of it is durable.</summary>
    public async Task<JsonElement> FinishAsync(CancellationToken cancellation)
    {
        process.Arguments = [.. Arguments(speed: 0), "--json"];
        var exitCode = await process.RunAsync(cancellation);
        Assert.True(exitCode == 0, process.Log);
        var report = process.Log.Split('\n').Last(line => line.StartsWith("{\"gateways\"", StringComparison.Ordinal));
        return JsonDocument.Parse(report).RootElement;
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private string[] Arguments(int speed) =>
        [
            "simulate",
            .. new[] { "--branch", branch, "--gateways", Text(CrashPlan.Gateways), "--channels", Text(Channels) },
            .. new[]
            {
                "--rate",
                Text(RateHz),
                "--seconds",
                Text(seconds),
                "--seed",
                Text(Seed),
                "--speed",
                Text(speed),
            },
            .. new[] { "--spool", Path.Combine(folder, "spool"), "--journal", JournalPath },
        ];

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
