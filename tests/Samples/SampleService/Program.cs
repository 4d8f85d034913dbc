using System.Collections;
using System.Net.Sockets;

// `exit CODE` ends at once, as a job does; otherwise a service that answers questions about itself.
if (args is ["exit", var code])
{
    Console.WriteLine($"ending with {code}");
    return int.Parse(code);
}

var reachedAtStart = CanReach(Environment.GetEnvironmentVariable("SAMPLE_NEEDS_PORT"));
var markerAtStart = File.Exists(Environment.GetEnvironmentVariable("SAMPLE_NEEDS_FILE"));

var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders();
var app = builder.Build();
app.MapGet("/health", () => Results.Ok());
app.MapGet("/pid", () => Environment.ProcessId);
app.MapGet("/needs", () => new { Port = reachedAtStart, File = markerAtStart });
app.MapGet(
    "/environment",
    () =>
        Environment
            .GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value, StringComparer.Ordinal)
);
app.Run();
return 0;

static bool CanReach(string? port)
{
    if (port is null)
    {
        return false;
    }

    try
    {
        using var client = new TcpClient("localhost", int.Parse(port));
        return true;
    }
    catch (SocketException)
    {
        return false;
    }
}
