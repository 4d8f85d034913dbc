using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;
using Dendrite.SchedulerService.Tests.Outbound;
using Dendrite.V1;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Dendrite.SchedulerService.Tests.Sync;

/// <summary><c>dendrite source …</c> against the real services.</summary>
public sealed class SourceCommandTests(SyncLab lab) : IClassFixture<SyncLab>
{
    [Fact]
    public async Task A_source_is_declared_looked_at_pulled_mended_and_deleted()
    {
        const string Document = """
            [{"id":"a","value":1,"at":"2026-01-02T00:00:00Z"},{"id":"b","value":"x","at":"2026-01-03T00:00:00Z"}]
            """;
        await using var site = await TestSite.StartAsync(context =>
            context.Response.WriteAsync(Document, SyncLab.Token)
        );
        var dataset = await lab.CreateDatasetAsync();
        var id = dataset[(dataset.LastIndexOf('/') + 1)..];

        var made = await RunAsync([
            .. $"source create weather --dataset {id} --branch study".Split(' '),
            .. $"--url {site.Address}?s={{since}}&u={{until}} --map at=updated_at --changed-field at".Split(' '),
            .. "--overlap 1h --attempts 2 --secret-header x-key=token".Split(' '),
        ]);
        Assert.Equal((ExitCode.Success, ""), (made.ExitCode, made.Error));
        Assert.Contains("last batch never", made.Output, StringComparison.Ordinal);
        Assert.Contains("weather", (await RunAsync("source", "list")).Output, StringComparison.Ordinal);

        var preview = await RunAsync("source", "preview", "weather");
        Assert.Contains(
            "2 items: 1 would be new, 0 changed, 0 the same, 1 not written",
            preview.Output,
            StringComparison.Ordinal
        );

        var pulled = await RunAsync("source", "sync", "weather");
        Assert.Equal(ExitCode.Failure, pulled.ExitCode);
        Assert.Contains("dead letters: 1", pulled.Output, StringComparison.Ordinal);
        Assert.Contains("Made the job projects/lab/jobs/sync-weather", pulled.Error, StringComparison.Ordinal);
        // The second time the job is there.
        Assert.DoesNotContain("Made", (await RunAsync("source", "sync", "weather")).Error, StringComparison.Ordinal);

        var letters = await RunAsync("source", "dead-letters", "weather");
        Assert.Contains("\"x\"", letters.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, (await RunAsync("source", "replay", "weather")).ExitCode);

        var changed = await RunAsync("source", "update", "weather", "--map", "value=name", "--title", "Weather");
        Assert.Equal(ExitCode.Success, changed.ExitCode);
        // In its own branch, not in main, which is the usual one.
        var same = await RunAsync("source", "update", "weather", "--dataset", id, "--json");
        Assert.Equal(dataset, JsonParser.Default.Parse<SyncSource>(same.Output).Dataset);
        Assert.Equal(ExitCode.Success, (await RunAsync("source", "replay", "weather")).ExitCode);
        Assert.Equal(["a", "b"], (await lab.ReadAsync(dataset, "id")).Keys);

        var range = "source backfill weather --from 2026-01-01 --to 2026-03-01".Split(' ');
        var backfill = await RunAsync([.. range, "--json"]);
        Assert.Equal(4, JsonParser.Default.Parse<SyncReport>(backfill.Output).FetchedItems);

        // Its job would only fail from then on.
        var used = await RunAsync("source", "delete", "weather");
        Assert.Equal(ExitCode.Conflict, used.ExitCode);
        Assert.Contains("Sync source 'weather' is named by job 'sync-weather'", used.Error, StringComparison.Ordinal);
        await RunAsync("job", "delete", "sync-weather");
        Assert.Equal(ExitCode.Success, (await RunAsync("source", "delete", "weather")).ExitCode);
        Assert.Equal(ExitCode.NotFound, (await RunAsync("source", "show", "weather")).ExitCode);
        Assert.Equal(ExitCode.Success, (await RunAsync("source", "delete", "weather", "--missing-ok")).ExitCode);
    }

    [Fact]
    public async Task What_show_writes_as_JSON_create_reads()
    {
        var query = new[] { "--postgres", "database", "--query", "SELECT 'a' AS id", "--max-batch", "7" };
        var dataset = await lab.CreateDatasetAsync();
        await RunAsync(["source", "create", "one", "--dataset", dataset, .. query]);
        var shown = await RunAsync("source", "show", "one", "--json");
        var file = Path.Combine(lab.Folder, "definition.json");
        await File.WriteAllTextAsync(file, shown.Output, SyncLab.Token);
        var made = await RunAsync("source", "create", "two", "--definition", file, "--title", "Another", "--json");
        Assert.Equal((ExitCode.Success, ""), (made.ExitCode, made.Error));
        var two = JsonParser.Default.Parse<SyncSource>(made.Output);
        Assert.Equal(
            ("Another", 7, "database"),
            (two.DisplayName, two.Limits.MaxBatchItems, two.Postgres.ConnectionSecret)
        );
        Assert.Equal(ExitCode.Usage, (await RunAsync("source", "update", "two")).ExitCode);
        Assert.Equal(
            ExitCode.NotFound,
            (await RunAsync("source", "create", "three", "--definition", "/nowhere")).ExitCode
        );
    }

    [Theory]
    [InlineData(true, "--folder nowhere", "The folder 'nowhere' does not exist")]
    [InlineData(false, "--folder here", "projects/lab/branches/study/datasets/none does not exist")]
    public async Task What_is_not_there_is_looked_for_once(bool hasDataset, string origin, string said)
    {
        Directory.CreateDirectory(Path.Combine(lab.Folder, "lab", "here"));
        var dataset = hasDataset ? await lab.CreateDatasetAsync() : $"{SyncLab.Branch}/datasets/none";
        var id = hasDataset ? "no-folder" : "no-dataset";
        await CommandRun.DoAsync(lab.Variables, $"source create {id} --dataset {dataset} {origin}".Split(' '));
        var run = await RunAsync("source", "sync", id);
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Contains($"attempt 1: {said}", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("attempt 2", run.Output, StringComparison.Ordinal);
        Assert.Contains("Attempt 1 failed, and another would not help", run.Error, StringComparison.Ordinal);
    }

    private Task<CommandRun> RunAsync(params string[] args) => CommandRun.OfAsync(lab.Variables, args);
}
