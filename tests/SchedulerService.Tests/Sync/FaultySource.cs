using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using Dendrite.SchedulerService.Tests.Outbound;
using Microsoft.AspNetCore.Http;

namespace Dendrite.SchedulerService.Tests.Sync;

/// <summary>
/// A web server with items in pages by cursor, as bad as its seed says: errors, silence, answers that break off,
/// answers
/// that are cut and look whole, items twice, items in any order, 429 with Retry-After.
/// </summary>
internal sealed class FaultySource : IAsyncDisposable
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Sorts = ["error", "busy", "silence", "broken", "cut"];

    private readonly Lock gate = new();
    private readonly Random random;
    private readonly double faults;
    private TestSite? site;
    private (int Request, Func<Task> Work)? interruption;

    private FaultySource(int seed, double faults) => (random, this.faults) = (new(seed), faults);

    /// <summary>Id to value and when that changed.</summary>
    public SortedDictionary<string, (string Value, DateTimeOffset Changed)> Items { get; } =
        new(StringComparer.Ordinal);

    /// <summary>Cursors of pages that were answered well, in order.</summary>
    public List<int> Pages { get; } = [];

    /// <summary>How many those are, while more are answered.</summary>
    public int PageCount
    {
        get
        {
            lock (gate)
                return Pages.Count;
        }
    }

    /// <summary>How often each sort of fault was met.</summary>
    public Dictionary<string, int> Faults { get; } = [];

    public int Requests => site!.Requests.Count;

    public string Url => $"{site!.Address}items?since={{since}}&cursor={{cursor}}&limit={{limit}}";

    /// <param name="faults">Part of the requests that goes wrong.</param>
    public static async Task<FaultySource> StartAsync(int seed, double faults, int items)
    {
        var source = new FaultySource(seed, faults);
        for (var i = 0; i < items; i++)
            source.Change($"i{i:D4}", i.ToString(CultureInfo.InvariantCulture), i);
        source.site = await TestSite.StartAsync(source.AnswerAsync);
        return source;
    }

    /// <summary>Has something done, once, while whoever sent a request waits for the answer.</summary>
    /// <param name="request">Which one: the first is 1.</param>
    public void Interrupt(int request, Func<Task> work) => interruption = (request, work);

    public void Change(string id, string value, int minute) => Items[id] = (value, Epoch.AddMinutes(minute));

    public ValueTask DisposeAsync() => site!.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (interruption is { } set && Requests == set.Request)
        {
            interruption = null;
            await set.Work();
        }

        var fault = NextFault();
        switch (fault)
        {
            case "error":
                context.Response.StatusCode = 500;
                return;
            case "busy":
                context.Response.StatusCode = 429;
                context.Response.Headers.RetryAfter = "0";
                return;
            case "silence":
                await context.RequestAborted.WhenCancelledAsync();
                return;
        }

        var (begin, page) = PageOf(context.Request);
        var body = JsonSerializer.SerializeToUtf8Bytes(page);
        if (fault is null)
            lock (gate)
                Pages.Add(begin);
        await SendAsync(context, body, fault);
    }

    private static async Task SendAsync(HttpContext context, byte[] body, string? fault)
    {
        if (fault == "broken")
        {
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }

        // Cut, and framed as if that were all.
        var sent = fault == "cut" ? body.AsMemory(0, body.Length * 2 / 3) : body;
        context.Response.Headers.ContentEncoding = "gzip";
        await using var packed = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
        await packed.WriteAsync(sent);
    }

    private (int Begin, object Page) PageOf(HttpRequest request)
    {
        var asked = request.Query["cursor"].ToString();
        var begin = asked.Length > 0 ? int.Parse(asked, CultureInfo.InvariantCulture) : 0;
        var limit = int.Parse(request.Query["limit"].ToString(), CultureInfo.InvariantCulture);
        var since = DateTimeOffset.Parse(request.Query["since"].ToString(), CultureInfo.InvariantCulture);
        lock (gate)
        {
            var all = Items.Where(item => item.Value.Changed >= since).ToList();
            var some = all.Skip(begin).Take(limit).Select(item => Show(item.Key, item.Value)).ToList();
            if (some.Count > 0 && faults > 0)
            {
                some.Add(some[random.Next(some.Count)]);
                random.Shuffle(CollectionsMarshal.AsSpan(some));
            }

            var next = begin + limit < all.Count ? (begin + limit).ToString(CultureInfo.InvariantCulture) : null;
            return (begin, new { data = new { items = some }, next });
        }
    }

    private static Dictionary<string, string> Show(string id, (string Value, DateTimeOffset Changed) item) =>
        new()
        {
            ["id"] = id,
            ["name"] = $"Ä {id}",
            ["value"] = item.Value,
            ["updated_at"] = item.Changed.UtcDateTime.ToString(
                "yyyy-MM-dd'T'HH:mm:ss'Z'",
                CultureInfo.InvariantCulture
            ),
            ["_links"] = "what no column is for",
        };

    private string? NextFault()
    {
        lock (gate)
        {
            if (random.NextDouble() >= faults)
                return null;
            var fault = Sorts[random.Next(Sorts.Length)];
            Faults[fault] = Faults.GetValueOrDefault(fault) + 1;
            return fault;
        }
    }
}

internal static class CancellationTokenExtensions
{
    /// <summary>Ends when it is cancelled, without an exception.</summary>
    public static Task WhenCancelledAsync(this CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(() => cancelled.TrySetResult());
        return cancelled.Task;
    }
}
