using Dendrite.Cli.Output;
using Dendrite.Client.Gateways;
using Spectre.Console;

namespace Dendrite.Cli.Simulation;

/// <summary>Shows a simulation: live at a terminal, a line for each event elsewhere, the report at the end.</summary>
internal sealed class SimulationView(CliOutput output)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);
    private IReadOnlyList<SimulatedGateway> gateways = [];

    public void Begin(IReadOnlyList<SimulatedGateway> running) => gateways = running;

    /// <summary>Says what happened, where no table does.</summary>
    public void Tell(string stream, GatewayEvent happened)
    {
        if (!output.IsInteractive && InWords(happened) is { } words)
        {
            output.Note($"{happened.At.UtcDateTime:HH:mm:ss.f}Z {stream}: {words}");
        }
    }

    /// <summary>Draws the table until the work ends.</summary>
    public async Task<T> ShowAsync<T>(Task<T> work, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!output.IsInteractive)
        {
            return await work;
        }

        await output
            .Terminal.Live(new Table())
            .StartAsync(async context =>
            {
                while (!work.IsCompleted)
                {
                    context.UpdateTarget(Draw());
                    await Task.WhenAny(work, Task.Delay(Refresh, time, cancellationToken));
                }

                context.UpdateTarget(Draw());
            });
        return await work;
    }

    public void Write(SimulationReport report)
    {
        if (output.IsJson)
        {
            output.WriteJson(report, CliJson.Shapes.SimulationReport);
            return;
        }

        output.WriteLine($"gateways      {report.Gateways.Count}");
        output.WriteLine($"samples       {Figures.Count(report.SampleCount)}");
        output.WriteLine($"acknowledged  {Figures.Count(report.AcknowledgedCount)}");
        output.WriteLine($"lost          {Figures.Count(report.LostCount)}, in {report.GapCount} declared gaps");
        output.WriteLine($"reconnects    {report.Reconnects}");
        output.WriteLine($"spool         {Figures.Bytes(report.MaxSpoolBytes)} at most");
        output.WriteLine(
            $"link          cut {Figures.Count(report.Cuts, "time")}, "
                + $"{Figures.Count(report.Corruptions, "bit")} flipped"
        );
        var rate = report.SampleCount / Math.Max(report.Seconds, 1e-9);
        output.WriteLine($"seconds       {report.Seconds:0.0}, {Figures.Rate(rate, "samples")}");
        if (report.Verified is { } verified)
        {
            output.WriteLine($"read back     {(verified ? "every sample is what the device gave" : "DIFFERENT")}");
            foreach (var gateway in report.Gateways.Where(gateway => gateway.Difference is { Length: > 0 }))
            {
                output.WriteLine($"              {gateway.Difference}");
            }
        }
    }

    private Table Draw()
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("stream", "state", "samples", "durable", "in spool", "lost", "reconnects", "block");
        foreach (var gateway in gateways)
        {
            var now = gateway.Progress;
            table.AddRow(
                Markup.Escape(gateway.Stream.Id),
                now.State == GatewayState.Spooling ? "[yellow]spooling[/]" : now.State.ToString().ToLowerInvariant(),
                Figures.Count(now.NextSample),
                Figures.Count(now.DurableSample),
                Figures.Bytes(now.PendingBytes),
                Figures.Count(now.LostSamples),
                $"{now.Reconnects}",
                Figures.Bytes(now.BlockBytes)
            );
        }

        return table;
    }

    private static string Entries(SetAside aside) =>
        Figures.Count(aside.Annotations.Count + aside.Anchors.Count, "entry", "entries");

    private static string? InWords(GatewayEvent happened) =>
        happened switch
        {
            Connected connected => $"connected, the stream stands at sample {connected.NextSample}",
            Disconnected disconnected => $"disconnected: {disconnected.Cause}",
            Spooling spooling => $"spooling, {Figures.Bytes(spooling.PendingBytes)} wait",
            Draining draining => $"draining {Figures.Bytes(draining.PendingBytes)}",
            Drained => "drained",
            Refused refused => $"refused: {refused.Cause.Message}",
            SetAside aside => $"{Entries(aside)} set aside: {aside.Cause.Message}",
            Fenced fenced => $"fenced: {fenced.Cause.Message}",
            Failed failed => $"failed: {failed.Cause.Message}",
            GapDeclared gap =>
                $"{Figures.Count(gap.SampleCount, "sample is", "samples are")} missing from {gap.FirstSample} on: "
                    + gap.Note,
            Displaced displaced =>
                $"another writer came between: sample {displaced.FirstSample} goes to {displaced.StreamSample}",
            SpoolRecovered recovered =>
                $"found {Figures.Bytes(recovered.PendingBytes)} in the spool, {Figures.Bytes(recovered.CutBytes)} torn",
            BlockSizeChanged change =>
                $"blocks of {Figures.Bytes(change.ToBytes)} after {Figures.Bytes(change.FromBytes)}: {change.Cause}",
            _ => null,
        };
}
