using Dendrite.Cli.Simulation;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Synthetic;

namespace Dendrite.EndToEnd.CrashMatrix;

/// <summary>
/// Twenty gateways stream while everything around them, and they themselves, are killed at random moments, again and
/// again. How many, and the seed: docs/testing.md.
/// </summary>
public sealed class CrashMatrixTests(Platform platform) : IClassFixture<Platform>
{
    private const string Branch = "crash-matrix";

    /// <summary>
    /// What a device has to give for each kill: more than the slowest machine takes for one, so that no gateway ends
    /// before the last. What is left at the end is given as fast as it goes.
    /// </summary>
    private const double SecondsPerKill = 60;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_is_killed_every_acknowledged_sample_is_there_once_in_order_and_as_it_was_given()
    {
        var plan = CrashPlan.FromEnvironment();
        var seconds = SecondsPerKill * plan.Kills;
        Say($"seed {plan.Seed}, {plan.Kills} kills, {CrashPlan.Gateways} gateways, up to {seconds} s of samples each");
        await platform.CreateBranchAsync(Branch);
        await using var rig = new Rig(platform, Branch, seconds);
        rig.Gateways.Start();
        await rig.AcknowledgedAsync(CrashPlan.Gateways, "the start");

        var killed = new SortedDictionary<Victim, int>();
        foreach (var crash in plan.Crashes())
        {
            var names = string.Join(" and ", crash.Victims);
            await rig.AcknowledgedAsync(crash.AfterAcknowledgements, $"the crash before {names}");
            Say($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} killing {names}");
            await Task.WhenAll(crash.Victims.Select(victim => rig.CrashAsync(victim, crash)));
            foreach (var victim in crash.Victims)
            {
                killed[victim] = killed.GetValueOrDefault(victim) + 1;
            }
        }

        await rig.AcknowledgedAsync(CrashPlan.Gateways, "the last crash");
        await rig.Gateways.KillAsync();
        var report = await rig.Gateways.FinishAsync(Token);
        Say($"killed: {string.Join(", ", killed.Select(entry => $"{entry.Key} {entry.Value}"))}");
        await AssertStoredAsync(rig, seconds, report.GetProperty("lostCount").GetInt64());
    }

    private async Task AssertStoredAsync(Rig rig, double seconds, long lost)
    {
        await using var database = platform.OpenDatabase();
        var stored = new StoredStreams(database, Branch);
        Assert.Empty(await stored.FindFaultsAsync(Token));
        // A device that can wait and spools that are large enough: nothing had to be given up, whatever was killed.
        Assert.Equal((0, 0), (lost, await stored.CountGapsAsync(Token)));

        var appends = await stored.ReadAppendsAsync(Token);
        var acknowledged = await rig.Acknowledgements.ReadAsync(Token);
        Assert.Equal(CrashPlan.Gateways, acknowledged.Select(line => line.Stream).Distinct().Count());
        foreach (var line in acknowledged.Where(line => line.ThroughSample > 0))
        {
            AssertHeld(line, appends[line.Stream.Split('/')[^1]]);
        }

        var compared = await CompareAsync(seconds);
        Say($"{acknowledged.Count:#,0} acknowledgements held, {compared:#,0} samples compared, none lost, no fault");
    }

    /// <summary>By the version that was told, the stream reached as far as was told.</summary>
    private static void AssertHeld(AckLine line, IEnumerable<(long Version, long End)> appends)
    {
        var (_, end) = appends.LastOrDefault(append => append.Version <= line.Version);
        Assert.True(end >= line.ThroughSample, $"{line} was told, and what is stored reaches {end}.");
    }

    /// <summary>Every sample of every stream against the device that gave it, by the services.</summary>
    private async Task<long> CompareAsync(double seconds)
    {
        await using var connection = platform.Connect();
        var verifier = new StreamVerifier(connection);
        var compared = 0L;
        for (var i = 0; i < CrashPlan.Gateways; i++)
        {
            var options = new SyntheticEegOptions
            {
                ChannelCount = GatewayProcess.Channels,
                SampleRateHz = GatewayProcess.RateHz,
                Seed = GatewayProcess.Seed + i,
                ThetaMicrovolts = 6,
                BetaMicrovolts = 3,
                SpikesPerMinute = 4,
            };
            var device = new SyntheticDevice(options, SampleType.Int16, seconds, DateTimeOffset.UnixEpoch);
            var stream = new SimulatedStream($"projects/lab/branches/{Branch}/streams/sim-{i + 1}", device);
            Assert.Equal("", await verifier.FindDifferenceAsync(stream, device.SampleCount, Token));
            compared += device.SampleCount * GatewayProcess.Channels;
        }

        return compared;
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
