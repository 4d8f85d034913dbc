using System.Text.Json;

namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>
/// The process that the gateways run in: it does what each line of its input says, and ends where the input does.
/// </summary>
internal sealed class GatewayProgram(TextReader input, TextWriter output)
{
    /// <summary>The one argument by which this program is that process.</summary>
    public const string Argument = "gateways";

    private readonly Dictionary<int, IStorageLoad> loads = [];

    public async Task<int> RunAsync()
    {
        while (await input.ReadLineAsync() is { } line)
        {
            var command = JsonSerializer.Deserialize<GatewayCommand>(line)!;
            GatewayReport report;
            try
            {
                report = await DoAsync(command);
            }
            catch (Exception failure)
            {
                // Whatever it is ends the benchmark, which shows it.
                report = new() { Error = failure.ToString() };
            }

            await output.WriteLineAsync(JsonSerializer.Serialize(report));
            await output.FlushAsync();
        }

        return 0;
    }

    private Task<GatewayReport> DoAsync(GatewayCommand command) =>
        command switch
        {
            OpenLoad open => OpenAsync(open),
            WriteUnits write => WriteAsync(write),
            WriteAtPace pace => PaceAsync(pace),
            CloseLoad close => CloseAsync(close),
            _ => throw new InvalidOperationException($"{command} is not known."),
        };

    private async Task<GatewayReport> OpenAsync(OpenLoad open)
    {
        IStorageLoad load = open.Way switch
        {
            StorageWay.Append => await AppendLoad.OpenAsync(open),
            StorageWay.Copy => await CopyLoad.OpenAsync(open),
            StorageWay.Rows => await RowLoad.OpenAsync(open, channelsPerRow: 1),
            _ => await RowLoad.OpenAsync(open, open.Shape.Channels),
        };
        loads.Add(open.Load, load);
        return new() { BitsPerSample = load.BitsPerSample };
    }

    private async Task<GatewayReport> WriteAsync(WriteUnits write)
    {
        await loads[write.Load].WriteAsync(write.Count);
        return new() { Blocks = write.Count };
    }

    private async Task<GatewayReport> PaceAsync(WriteAtPace pace)
    {
        var latencies = await loads[pace.Load].WriteAtPaceAsync(TimeSpan.FromSeconds(pace.Seconds));
        Array.Sort(latencies);
        return new()
        {
            Blocks = latencies.Length,
            LatencyP50 = At(latencies, 0.5),
            LatencyP99 = At(latencies, 0.99),
            HeapBytes = GC.GetTotalMemory(forceFullCollection: true),
        };
    }

    private async Task<GatewayReport> CloseAsync(CloseLoad close)
    {
        if (loads.Remove(close.Load, out var load))
        {
            await load.DisposeAsync();
        }

        return new();
    }

    private static double At(double[] ordered, double share) =>
        ordered.Length == 0 ? 0 : ordered[(int)Math.Ceiling(share * ordered.Length) - 1];
}
