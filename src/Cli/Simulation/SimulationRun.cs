using Dendrite.Cli.Connection;
using Dendrite.Client.Gateways;

namespace Dendrite.Cli.Simulation;

/// <summary>Runs the gateways of a simulation side by side, and reads back what they stored.</summary>
internal sealed class SimulationRun(Platform platform, SimulationOptions options, TimeProvider time)
{
    /// <summary>Streams read back at once.</summary>
    private const int VerifiedAtOnce = 4;

    /// <summary>Told what happens in the gateways, by the id of the stream.</summary>
    public Action<string, GatewayEvent> OnEvent { get; init; } = (_, _) => { };

    /// <summary>Told of the gateways before they begin.</summary>
    public Action<IReadOnlyList<SimulatedGateway>> OnBegin { get; init; } = _ => { };

    /// <exception cref="Errors.DendriteException">The platform refused, for good.</exception>
    public async Task<SimulationReport> RunAsync(
        IReadOnlyList<SimulatedStream> streams,
        CancellationToken cancellationToken
    )
    {
        var temporary = options.SpoolDirectory is null ? Directory.CreateTempSubdirectory("dendrite-spool-") : null;
        var spools = options.SpoolDirectory ?? temporary!.FullName;
        using var journal = options.Journal is null ? null : new AckJournal(options.Journal);
        try
        {
            var gateways = streams
                .Select(
                    (stream, index) =>
                        new SimulatedGateway(stream, SeedOf(index), Path.Combine(spools, stream.Id), time)
                        {
                            OnEvent = OnEvent,
                            OnProgress = (name, now) => journal?.Write(name, now.DurableSample, now.Version),
                        }
                )
                .ToArray();
            OnBegin(gateways);
            var began = time.GetTimestamp();
            var way = platform.Gateway.Options;
            var reports = await Task.WhenAll(gateways.Select(gateway => gateway.RunAsync(way, cancellationToken)));
            var elapsed = time.GetElapsedTime(began);
            return SimulationReport.Of(
                options.Verify ? await VerifyAsync(streams, reports, cancellationToken) : reports,
                elapsed
            );
        }
        finally
        {
            temporary?.Delete(recursive: true);
        }
    }

    /// <summary>Each link has faults of its own.</summary>
    private SimulationOptions SeedOf(int index) =>
        options with
        {
            Link = options.Link with { Seed = unchecked((options.Link.Seed * 7919) + index) },
        };

    private async Task<GatewayReport[]> VerifyAsync(
        IReadOnlyList<SimulatedStream> streams,
        GatewayReport[] reports,
        CancellationToken cancellationToken
    )
    {
        var verifier = new StreamVerifier(platform.Gateway);
        await Parallel.ForAsync(
            0,
            streams.Count,
            new ParallelOptions { MaxDegreeOfParallelism = VerifiedAtOnce, CancellationToken = cancellationToken },
            async (i, token) =>
            {
                var difference = await verifier.FindDifferenceAsync(streams[i], streams[i].Device.SampleCount, token);
                reports[i] = reports[i] with { Difference = difference };
            }
        );
        return reports;
    }
}
