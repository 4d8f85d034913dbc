using System.Globalization;
using Dendrite.Errors;
using Dendrite.SchedulerService.Tests.Outbound;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;

namespace Dendrite.SchedulerService.Tests.Sync;

public sealed class HttpSourceTests(SyncLab lab) : IClassFixture<SyncLab>
{
    private static CancellationToken Token => SyncLab.Token;

    [Fact]
    public async Task Pages_by_Link_headers_are_followed_to_their_end()
    {
        await using var site = await TestSite.StartAsync(context =>
        {
            var page = int.Parse(context.Request.Query["p"].ToString() is { Length: > 0 } p ? p : "1", null);
            if (page < 3)
                context.Response.Headers.Link = $"</first>; rel=first, <?p={page + 1}>; rel=\"next\"";
            return context.Response.WriteAsync(Items(page * 10, 3), Token);
        });
        var source = await SourceOfAsync($"{site.Address}list", HttpFormat.Json);
        var tally = await lab.PullAsync(source);
        Assert.Equal((9, 9), (tally.New, (await lab.ReadAsync(source.Dataset)).Count));
        Assert.Equal(["/list", "/list?p=2", "/list?p=3"], site.Requests);
    }

    [Theory]
    [InlineData("[]", 0)]
    [InlineData("null", 0)]
    [InlineData("[null]", 1)]
    [InlineData("\"nothing\"", 1)]
    public async Task Pages_by_number_end_with_an_empty_one(string empty, int letters)
    {
        await using var site = await TestSite.StartAsync(context =>
        {
            var page = int.Parse(context.Request.Query["page"].ToString(), null);
            // One that goes on for ever ends here.
            context.Response.StatusCode = page > 5 ? 404 : 200;
            return context.Response.WriteAsync($"{{\"items\":{(page <= 2 ? Items(page * 10, 2) : empty)}}}", Token);
        });
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new()
                {
                    Url = $"{site.Address}?page={{page}}",
                    Format = HttpFormat.Json,
                    ItemsPointer = "/items",
                },
            }
        );
        var tally = await lab.PullAsync(source);
        Assert.Equal((4, letters), (tally.New, tally.DeadLetters));
        Assert.Equal(["/?page=1", "/?page=2", "/?page=3"], site.Requests);
    }

    [Theory]
    [InlineData(HttpFormat.JsonLines, "{\"id\":\"a\",\"value\":1.50}\n\n{\"id\":\"b\",\"value\":\"2\"}\n")]
    [InlineData(HttpFormat.JsonLines, "{\"id\":\"a\",\"value\":1.50}\r\n{\"id\":\"b\",\"value\":2}")]
    [InlineData(HttpFormat.Csv, "id,value,other\r\na,1.50,x\r\n\"b\",2,\"y, z\"\r\n")]
    [InlineData(HttpFormat.Csv, "\uFEFFvalue,id\n1.50,a\n2,b")]
    public async Task Lines_of_JSON_and_CSV_are_read(HttpFormat format, string document)
    {
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync(document, Token));
        var source = await SourceOfAsync(site.Address.ToString(), format);
        await lab.PullAsync(source);
        Assert.Equal(
            new SortedDictionary<string, string> { ["a"] = "1.50", ["b"] = "2" },
            await lab.ReadAsync(source.Dataset)
        );
    }

    [Fact]
    public async Task A_broken_row_becomes_a_dead_letter_and_the_others_come()
    {
        const string Document = "id,value\r\na,1\r\nb\r\nc,3\r\n,4\r\n";
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync(Document, Token));
        var source = await SourceOfAsync(site.Address.ToString(), HttpFormat.Csv);
        var tally = await lab.PullAsync(source);
        Assert.Equal((4, 2, 2, 0.5), (tally.Fetched, tally.New, tally.DeadLetters, tally.SuccessRatio));
        Assert.Equal(["a", "c"], (await lab.ReadAsync(source.Dataset)).Keys);
    }

    [Fact]
    public async Task Names_are_mapped_secrets_are_sent_and_what_is_missing_is_deleted()
    {
        var document = "[{\"key\":\"a\",\"value\":1},{\"key\":\"b\",\"value\":2}]";
        await using var site = await TestSite.StartAsync(context =>
        {
            if (context.Request.Headers.Authorization != "t0ken")
                context.Response.StatusCode = 401;
            return context.Response.WriteAsync(document, Token);
        });
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new()
                {
                    Url = site.Address.ToString(),
                    Format = HttpFormat.Json,
                    SecretHeaders = { ["Authorization"] = "token" },
                },
                Incremental = new() { ColumnNames = { ["key"] = "id" }, DeleteMissing = true },
            }
        );
        Assert.DoesNotContain("t0ken", source.ToString(), StringComparison.Ordinal);
        await lab.PullAsync(source);
        document = "[{\"key\":\"b\",\"value\":2},{\"key\":\"c\",\"value\":3}]";
        var tally = await lab.PullAsync(source);
        Assert.Equal((1, 1, 1), (tally.New, tally.Unchanged, tally.Deleted));
        Assert.Equal(["b", "c"], (await lab.ReadAsync(source.Dataset)).Keys);

        // A broken source that says it has nothing takes nothing with it, and nor does one that cannot be read.
        document = "[]";
        Assert.Equal(0, (await lab.PullAsync(source)).Deleted);
        document = "[{\"key\":\"b\",\"value\":2},{\"value\":3}]";
        Assert.Equal(0, (await lab.PullAsync(source)).Deleted);
        Assert.Equal(["b", "c"], (await lab.ReadAsync(source.Dataset)).Keys);
    }

    [Fact]
    public async Task An_overlap_asks_again_for_what_may_have_come_late()
    {
        await using var site = await TestSite.StartAsync(context =>
            context.Response.WriteAsync("[{\"id\":\"a\",\"updated_at\":\"2026-03-01T12:00:00Z\"}]", Token)
        );
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new() { Url = $"{site.Address}?s={{since}}", Format = HttpFormat.Json },
                Incremental = new()
                {
                    ChangedField = "updated_at",
                    Overlap = Duration.FromTimeSpan(TimeSpan.FromHours(2)),
                },
            }
        );
        await lab.PullAsync(source);
        await lab.PullAsync(source);
        Assert.Equal(["/?s=1970-01-01T00%3A00%3A00Z", "/?s=2026-03-01T10%3A00%3A00Z"], site.Requests);
        var kept = (await lab.Sync.GetSyncSourceAsync(new() { Name = source.Name }, lab.Key)).SyncSource;
        Assert.Equal("2026-03-01T12:00:00Z", kept.Checkpoint.Fields["since"].StringValue);
        Assert.NotNull(kept.SyncTime);
    }

    [Fact]
    public async Task A_value_in_the_future_does_not_move_the_place()
    {
        await using var site = await TestSite.StartAsync(context =>
            context.Response.WriteAsync(
                "[{\"id\":\"a\",\"updated_at\":\"2026-03-01T12:00:00Z\"},"
                    + "{\"id\":\"b\",\"updated_at\":\"9999-12-31T23:59:59Z\"},"
                    + "{\"id\":\"c\",\"updated_at\":\"9999-12-30T23:59:59Z\"}]",
                Token
            )
        );
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new() { Url = $"{site.Address}?s={{since}}", Format = HttpFormat.Json },
                Incremental = new() { ChangedField = "updated_at" },
            }
        );
        var stop = new SyncStop(int.MaxValue);
        Assert.Equal(3, (await lab.PullAsync(source, stop)).New);
        // Not for each of them, and with every sync.
        Assert.Single(stop.Notes, note => note.Contains("in the future", StringComparison.Ordinal));
        await lab.PullAsync(source);
        // One that stood there already is not gone on from.
        await lab.ExecuteAsync(
            """
            UPDATE scheduling.sync_progress SET place = place || '{"since":"9999-12-31T23:59:59Z"}'
            """
        );
        await lab.PullAsync(source);
        await lab.PullAsync(source);
        const string First = "/?s=1970-01-01T00%3A00%3A00Z";
        const string Reached = "/?s=2026-03-01T12%3A00%3A00Z";
        Assert.Equal([First, Reached, First, Reached], site.Requests);
    }

    [Fact]
    public async Task A_source_that_redirects_to_a_private_address_is_refused()
    {
        await using var site = await TestSite.StartAsync(context =>
        {
            context.Response.Redirect("http://169.254.169.254/latest/meta-data/");
            return Task.CompletedTask;
        });
        var source = await SourceOfAsync(site.Address.ToString(), HttpFormat.Json);
        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.PullAsync(source));
        Assert.Equal(ErrorReason.AddressRefused, refusal.Reason);
        Assert.Single(site.Requests);
    }

    [Fact]
    public async Task A_next_page_at_a_private_address_is_refused()
    {
        await using var site = await TestSite.StartAsync(context =>
        {
            context.Response.Headers.Link = "<http://10.0.0.1/next>; rel=next";
            return context.Response.WriteAsync(Items(1, 1), Token);
        });
        var source = await SourceOfAsync(site.Address.ToString(), HttpFormat.Json);
        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.PullAsync(source));
        Assert.Equal(ErrorReason.AddressRefused, refusal.Reason);
    }

    [Theory]
    [InlineData(404, "look at the URL")]
    [InlineData(401, "secret_headers")]
    public async Task What_asking_again_does_not_mend_is_said_at_once(int status, string remedy)
    {
        await using var site = await TestSite.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        var source = await SourceOfAsync($"{site.Address}?api_key=hidden", HttpFormat.Json);
        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.PullAsync(source));
        Assert.Contains(remedy, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", refusal.Message, StringComparison.Ordinal);
        Assert.Single(site.Requests);
    }

    [Fact]
    public async Task A_source_that_asks_to_be_left_alone_for_long_is()
    {
        await using var site = await TestSite.StartAsync(context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        });
        var source = await SourceOfAsync(site.Address.ToString(), HttpFormat.Json);
        var failure = await Assert.ThrowsAsync<DendriteException>(() => lab.PullAsync(source));
        Assert.Equal((ErrorReason.Unavailable, TimeSpan.FromHours(1)), (failure.Reason, failure.RetryAfter));
        Assert.Single(site.Requests);
    }

    [Fact]
    public async Task A_cursor_that_has_expired_begins_the_listing_anew()
    {
        var isExpired = false;
        await using var site = await TestSite.StartAsync(context =>
        {
            var cursor = context.Request.Query["c"].ToString();
            if (isExpired && cursor == "two")
            {
                isExpired = false;
                context.Response.StatusCode = 410;
                return Task.CompletedTask;
            }

            var next = cursor == "" ? "\"two\"" : "null";
            return context.Response.WriteAsync(
                $"{{\"items\":{Items(cursor == "" ? 1 : 2, 1)},\"next\":{next}}}",
                Token
            );
        });
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new()
                {
                    Url = $"{site.Address}?c={{cursor}}",
                    Format = HttpFormat.Json,
                    ItemsPointer = "/items",
                    CursorPointer = "/next",
                },
            }
        );
        var run = new Guid(41, 0, 1, new byte[8]);
        await Assert.ThrowsAsync<WorkerDiedException>(() => lab.PullAsync(source, new SyncStop(1), run));
        isExpired = true;
        await lab.PullAsync(source, run: run);
        Assert.Equal(["/?c=", "/?c=two", "/?c=two", "/?c=", "/?c=two"], site.Requests);
        Assert.Equal(2, (await lab.ReadAsync(source.Dataset)).Count);
    }

    [Fact]
    public async Task A_preview_says_what_would_come_and_writes_nothing()
    {
        var many = Items(1, 30);
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync(many, Token));
        var source = await SourceOfAsync(site.Address.ToString(), HttpFormat.Json);
        var commits = await lab.CountCommitsAsync();
        var preview = await lab.Sync.PreviewSyncAsync(new() { Name = source.Name }, lab.Key);
        Assert.Equal((20, 30, 30), (preview.Records.Count, preview.Report.FetchedItems, preview.Report.NewRecords));
        Assert.Equal("1", preview.Records[0].Fields["value"].StringValue);
        Assert.Equal(commits, await lab.CountCommitsAsync());
        Assert.Empty(await lab.ReadAsync(source.Dataset));
        await lab.PullAsync(source);
        preview = await lab.Sync.PreviewSyncAsync(new() { Name = source.Name }, lab.Key);
        Assert.Equal((0, 30), (preview.Report.NewRecords, preview.Report.UnchangedRecords));
    }

    private static string Items(int first, int count)
    {
        var items = Enumerable
            .Range(first, count)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{{\"id\":\"i{i}\",\"value\":{i}}}"));
        return $"[{string.Join(',', items)}]";
    }

    private async Task<SyncSource> SourceOfAsync(string url, HttpFormat format) =>
        await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new() { Url = url, Format = format },
            }
        );
}
