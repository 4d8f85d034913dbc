using System.Diagnostics;
using System.Text.Json;
using Dendrite.Benchmarks.Ingest.Gateways;

namespace Dendrite.Benchmarks.Ingest;

/// <summary>
/// The gateways, in a process of their own as in life: what they spend on encoding and sending is in the figures. It
/// ends with its input, so it does not outlive this one. For one caller at a time.
/// </summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(30);
    private readonly Process process;
    private int loads;

    private GatewayProcess(Process process) => this.process = process;

    public int ProcessId => process.Id;

    public static GatewayProcess Start()
    {
        // …/artifacts/bin/{any}/{configuration}/ → …/artifacts/bin/Benchmarks/{configuration}/
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var name = typeof(GatewayProcess).Assembly.GetName().Name;
        var library = Path.Combine(own.Parent!.Parent!.FullName, "Benchmarks", own.Name, $"{name}.dll");
        var info = new ProcessStartInfo("dotnet", [library, GatewayProgram.Argument])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        return new(Process.Start(info)!);
    }

    /// <summary>Opens writers that stay open until the load is closed.</summary>
    public async Task<GatewayLoad> OpenAsync(Func<int, OpenLoad> open)
    {
        var number = loads++;
        var report = await SendAsync(open(number));
        return new(this, number, report.BitsPerSample);
    }

    /// <exception cref="InvalidOperationException">The process could not do it; its message says why.</exception>
    internal async Task<GatewayReport> SendAsync(GatewayCommand command)
    {
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command));
        await process.StandardInput.FlushAsync();
        var line =
            await process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("The process of the gateways has ended.");
        var report = JsonSerializer.Deserialize<GatewayReport>(line)!;
        return report.Error is null ? report : throw new InvalidOperationException(report.Error);
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(EndPatience);
        process.Dispose();
    }
}

/// <summary>Writers that are open in the process of the gateways.</summary>
internal sealed class GatewayLoad(GatewayProcess process, int number, double bitsPerSample) : IAsyncDisposable
{
    /// <inheritdoc cref="GatewayReport.BitsPerSample"/>
    public double BitsPerSample => bitsPerSample;

    /// <summary>Stores so many units; ends when all are durable.</summary>
    public Task WriteAsync(int count) => process.SendAsync(new WriteUnits(number, count));

    public Task<GatewayReport> WriteAtPaceAsync(TimeSpan length) =>
        process.SendAsync(new WriteAtPace(number, length.TotalSeconds));

    public async ValueTask DisposeAsync() => await process.SendAsync(new CloseLoad(number));
}
