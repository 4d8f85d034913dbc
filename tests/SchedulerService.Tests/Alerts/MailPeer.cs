using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Dendrite.Fixtures;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary><c>smtp-server</c> of npm, a mail server that nobody here wrote, on a port of its own.</summary>
internal sealed class MailPeer : IAsyncDisposable
{
    private static readonly string Sources = Path.Combine(AppContext.BaseDirectory, "Alerts", "MailPeer");
    private readonly Process process;

    private MailPeer(Process process) => this.process = process;

    public int Port { get; private set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts one; skips the test where there can be none.</summary>
    /// <param name="security"><c>tls</c> or <c>starttls</c>.</param>
    public static async Task<MailPeer> StartAsync(string security, (string Key, string Certificate) files)
    {
        try
        {
            var modules = await NodePackages.InstallAsync("mail-peer", Sources);
            // Beside what it needs, where it looks for that.
            var script = Path.Combine(modules, "..", "server.js");
            File.Copy(Path.Combine(Sources, "server.js"), script, overwrite: true);
            var peer = new MailPeer(
                NodePackages.Begin("node", Sources, script, security, files.Key, files.Certificate)
            );
            peer.Port = (await peer.ReadAsync()).GetProperty("port").GetInt32();
            return peer;
        }
        catch (Exception missing) when (missing is Win32Exception or IOException)
        {
            Assert.Skip($"smtp-server cannot be had here ({missing.Message}); eng/install.sh node installs Node.js.");
            throw;
        }
    }

    /// <summary>The next message that it took over, or failure of a connection.</summary>
    public async Task<JsonElement> ReadAsync()
    {
        var line =
            await process.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(TimeSpan.FromMinutes(1), Token)
            ?? throw new IOException("smtp-server ended");
        return JsonDocument.Parse(line).RootElement.Clone();
    }

    /// <summary>Ends it.</summary>
    /// <returns>What it said that nobody read.</returns>
    public async Task<IReadOnlyList<JsonElement>> StopAsync()
    {
        process.Kill();
        var rest = await process.StandardOutput.ReadToEndAsync(Token);
        return
        [
            .. rest.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement.Clone()),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process.Dispose();
    }
}
