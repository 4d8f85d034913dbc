using System.Collections.Concurrent;
using System.Text.Json;
using Dendrite.SchedulerService.Tests.Outbound;
using Microsoft.AspNetCore.Http;

namespace Dendrite.SchedulerService.Tests.Alerts;

/// <summary>A receiver of webhooks on this machine that answers as a test says, and keeps what it got.</summary>
internal sealed class HookSite : IAsyncDisposable
{
    private TestSite site = null!;

    /// <summary>What came, failed attempts too, in order.</summary>
    public ConcurrentQueue<HookCall> Calls { get; } = new();

    /// <summary>Which status it answers; 200 without a test's word.</summary>
    public Func<HookCall, int> Answer { get; set; } = _ => 200;

    /// <summary>What it says of how long to wait, as the header has it; null: nothing.</summary>
    public string? RetryAfter { get; set; }

    /// <summary>What it accepted.</summary>
    public IReadOnlyList<HookCall> Accepted => [.. Calls.Where(call => call.Status is >= 200 and < 300)];

    public static async Task<HookSite> StartAsync()
    {
        var hooks = new HookSite();
        hooks.site = await TestSite.StartAsync(hooks.TakeAsync);
        return hooks;
    }

    public string At(string path) => site.At(path).ToString();

    public ValueTask DisposeAsync() => site.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString());
        var call = new HookCall(context.Request.Path, body.ToArray(), headers);
        call = call with { Status = Answer(call) };
        Calls.Enqueue(call);
        context.Response.StatusCode = call.Status;
        context.Response.Headers.RetryAfter = RetryAfter;
        if (call.Status == 302)
        {
            context.Response.Headers.Location = "http://169.254.169.254/latest/meta-data";
        }
    }
}

/// <param name="Body">The exact bytes.</param>
internal sealed record HookCall(string Path, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public int Status { get; init; }

    public string this[string field] => JsonDocument.Parse(Body).RootElement.GetProperty(field).ToString();
}
