using System.Globalization;
using Dendrite.Client.Connection;
using Dendrite.Client.Gateways;
using Dendrite.Errors;
using Dendrite.Signals.Formats;
using Dendrite.V1;

namespace Dendrite.Cli.Simulation;

/// <summary>One device on one gateway over one link, from its first sample until everything is durable.</summary>
internal sealed class SimulatedGateway(
    SimulatedStream stream,
    SimulationOptions options,
    string spoolDirectory,
    TimeProvider time
)
{
    private SignalGateway? gateway;
    private FaultyLink? link;
    private int gaps;

    public SimulatedStream Stream => stream;

    /// <summary>How far it is; nothing before it begins.</summary>
    public GatewayProgress Progress => gateway?.Progress ?? default;

    /// <summary>Told each acknowledgement.</summary>
    public Action<string, GatewayProgress> OnProgress { get; init; } = (_, _) => { };

    /// <summary>Told what happens.</summary>
    public Action<string, GatewayEvent> OnEvent { get; init; } = (_, _) => { };

    /// <summary>Plays the device from where the spool stands.</summary>
    /// <exception cref="DendriteException">The platform refused, for good.</exception>
    public async Task<GatewayReport> RunAsync(ConnectionOptions way, CancellationToken cancellationToken)
    {
        link = options.Link.IsAny ? FaultyLink.Start(new(way.IngestAddresses[0]), options.Link, time) : null;
        await using var ending = link;
        await using var connection = new DendriteConnection(
            link is null ? way : way with { IngestAddresses = [link.Address] }
        );
        await using var opened = gateway = connection.OpenGateway(ToOptions());
        await PlayAsync(opened, cancellationToken);
        long version;
        try
        {
            version = (await opened.CompleteAsync(finish: true, cancellationToken)).Version;
        }
        catch (DendriteException finished) when (IsFinishedAlready(finished))
        {
            version = 0;
        }

        return ToReport(opened.Progress, version);
    }

    private GatewayOptions ToOptions() =>
        new()
        {
            Stream = stream.Stream,
            Descriptor = stream.Device.Descriptor,
            SpoolDirectory = spoolDirectory,
            MaxSpoolBytes = options.MaxSpoolBytes,
            CommitMessage = "Simulated device",
            OnProgress = progress => OnProgress(stream.Stream, progress),
            OnEvent = happened =>
            {
                gaps += happened is GapDeclared ? 1 : 0;
                OnEvent(stream.Id, happened);
            },
        };

    /// <summary>
    /// At a speed, the device's clock goes on whatever becomes of the samples; as fast as it goes, it waits for room.
    /// </summary>
    private async Task PlayAsync(SignalGateway opened, CancellationToken cancellationToken)
    {
        var device = stream.Device;
        var first = opened.NextSample;
        if (first == 0)
        {
            opened.Annotate(device.Annotations);
        }

        var began = time.GetTimestamp();
        await foreach (var piece in device.ReadAsync(first, cancellationToken))
        {
            if (options.Speed > 0)
            {
                var due = TimeSpan.FromSeconds(
                    (piece.FirstSample + piece.SampleCount - first) / device.RateHz / options.Speed
                );
                var left = due - time.GetElapsedTime(began);
                if (left > TimeSpan.Zero)
                {
                    await Task.Delay(left, time, cancellationToken);
                }
            }

            await GiveAsync(opened, piece, cancellationToken);
            if (opened.Failure is not null)
            {
                return;
            }
        }
    }

    private async Task GiveAsync(SignalGateway opened, SamplePiece piece, CancellationToken cancellationToken)
    {
        if (piece.Anchors.Count > 0)
        {
            opened.Anchor(piece.Anchors.Select(stream.Device.ToContract));
        }

        if (piece.Gap is not null)
        {
            opened.DeclareGap(piece.SampleCount, GapCause.Paused, piece.Note);
            return;
        }

        for (var group = 0; group < piece.Groups.Count; group++)
        {
            if (options.Speed > 0)
            {
                opened.TryWrite(group, piece.Groups[group].Span);
            }
            else
            {
                await opened.WriteAsync(group, piece.Groups[group], cancellationToken);
            }
        }
    }

    /// <summary>
    /// A run that was killed between the last word of the platform and its own end; only one that keeps its spool can
    /// be.
    /// </summary>
    private bool IsFinishedAlready(DendriteException failure) =>
        options.SpoolDirectory is not null
        && failure.Reason == ErrorReason.StreamFinished
        && failure.Metadata.TryGetValue("end_sample", out var end)
        && end == stream.Device.SampleCount.ToString(CultureInfo.InvariantCulture);

    private GatewayReport ToReport(GatewayProgress progress, long version) =>
        new(
            stream.Stream,
            stream.Device.Descriptor.Channels.Count,
            stream.Device.SampleCount,
            version > 0 ? progress.DurableSample : stream.Device.SampleCount,
            progress.LostSamples * stream.Device.Descriptor.Channels.Count,
            gaps,
            progress.Reconnects,
            progress.MaxPendingBytes,
            link?.Cuts ?? 0,
            link?.Corruptions ?? 0,
            progress.BlockBytes,
            Math.Max(version, progress.Version),
            Difference: null
        );
}
