using Dendrite.Cli.Simulation;

namespace Dendrite.EndToEnd.CrashMatrix;

/// <summary>The platform, the network in front of it and the gateways behind that: all that can be killed.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// For anything that must come: recovery of PostgreSQL, a start of .NET, pauses between retries, on a machine
    /// that
    /// has other things to do.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Platform platform;
    private readonly FaultyLink link;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-crash-");

    public Rig(Platform platform, string branch, double seconds)
    {
        this.platform = platform;
        var none = new LinkFaults(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, 0, Seed: 0);
        link = FaultyLink.Start(new(platform.IngestAddress), none, TimeProvider.System);
        Gateways = new(folder.FullName, branch, seconds, link.Address);
        Acknowledgements = new(Gateways.JournalPath);
    }

    public GatewayProcess Gateways { get; }

    public AckLines Acknowledgements { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Ends when so many more acknowledgements were written down: everything works, or works again.
    /// </summary>
    public async Task AcknowledgedAsync(int more, string after)
    {
        var wanted = await Acknowledgements.CountAsync(Token) + more;
        using var patience = new CancellationTokenSource(Patience);
        while (await Acknowledgements.CountAsync(Token) < wanted)
        {
            Assert.False(Gateways.HasEnded, $"The gateways' process ended after {after}: {Gateways.Log}");
            Assert.False(patience.IsCancellationRequested, $"No acknowledgement after {after}: {Gateways.Log}");
            await Task.Delay(Look, Token);
        }
    }

    /// <summary>Kills, and brings back.</summary>
    public Task CrashAsync(Victim victim, Crash crash) =>
        victim switch
        {
            Victim.Gateways => Gateways.RestartAsync(),
            Victim.Ingest => CrashIngestAsync(),
            Victim.Postmaster => CrashPostmasterAsync(),
            Victim.Backend => CrashBackendAsync(crash),
            Victim.Redis => CrashRedisAsync(),
            Victim.NetworkCut => CrashNetworkAsync(silently: false, crash.Pause),
            _ => CrashNetworkAsync(silently: true, crash.Pause),
        };

    public async ValueTask DisposeAsync()
    {
        await Gateways.DisposeAsync();
        await link.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private async Task CrashIngestAsync()
    {
        await platform.Ingest.KillAsync();
        await platform.Ingest.StartAsync();
    }

    private async Task CrashPostmasterAsync()
    {
        await platform.Postgres.KillAsync();
        await platform.Postgres.StartAgainAsync();
    }

    private async Task CrashBackendAsync(Crash crash)
    {
        try
        {
            await platform.Postgres.KillBackendAsync("dendrite_ingest", crash.Which);
        }
        catch (Npgsql.NpgsqlException)
        {
            // Another crash of this moment took the server away: there is no backend to kill.
        }

        // Where the server itself is killed too, whoever starts it again waits for it.
        if (!crash.Victims.Contains(Victim.Postmaster))
        {
            await platform.Postgres.RecoveredAsync();
        }
    }

    private async Task CrashRedisAsync()
    {
        await platform.Redis.KillAsync();
        await AcknowledgedAsync(1, "Redis was killed");
        await platform.Redis.StartAgainAsync();
    }

    /// <summary>
    /// A silent loss is found by the gateways themselves, by pings: those connections stay dead when the link is
    /// back.
    /// </summary>
    private async Task CrashNetworkAsync(bool silently, TimeSpan pause)
    {
        link.Cut(silently);
        await Task.Delay(pause, Token);
        link.Restore(silently);
    }
}
