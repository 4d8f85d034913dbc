using Dendrite.SchedulerService.Tests.Outbound;
using Dendrite.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Dendrite.SchedulerService.Tests.Sync;

public sealed class DeadLetterTests(SyncLab lab) : IClassFixture<SyncLab>
{
    private static CancellationToken Token => SyncLab.Token;

    [Fact]
    public async Task An_item_that_refers_to_one_that_comes_later_is_written_in_the_second_round()
    {
        var people = await lab.CreateDatasetAsync();
        var visits = await CreateVisitsAsync(people);
        await using var site = await TestSite.StartAsync(context =>
            context.Response.WriteAsync("[{\"id\":\"v1\",\"person\":\"p1\"},{\"id\":\"v2\",\"person\":null}]", Token)
        );
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = visits,
                Http = new() { Url = site.Address.ToString(), Format = HttpFormat.Json },
            }
        );
        var tally = await lab.PullAsync(source);
        Assert.Equal((1, 1), (tally.New, tally.DeadLetters));
        var letter = Assert.Single(await ListAsync(source));
        Assert.Equal((6, "v1"), (letter.Attempts, letter.Item.StructValue.Fields["id"].StringValue));
        Assert.Contains("person", letter.Error.Message, StringComparison.Ordinal);

        // Found again it stays one letter; its person comes, and a replay brings it.
        await lab.PullAsync(source);
        Assert.Equal(letter.DeadLetterId, Assert.Single(await ListAsync(source)).DeadLetterId);
        await PutAsync(people, "p1");
        var replay = new ReplayDeadLettersRequest
        {
            Parent = source.Name,
            DeadLetterIds = { letter.DeadLetterId },
            RequestId = "6b8f6f4e-3f3f-4bb8-8d0e-2f6f6d1c0a12",
        };
        var answer = await lab.Sync.ReplayDeadLettersAsync(replay, lab.Key);
        Assert.Equal((1, 1, 0), (answer.Report.FetchedItems, answer.Report.NewRecords, answer.Report.DeadLetters));
        Assert.Empty(await ListAsync(source));
        Assert.Equal(["v1", "v2"], (await lab.ReadAsync(visits, "id")).Keys);
        // Asked again, though the letter is gone, it is answered as it was.
        Assert.Equal(answer, await lab.Sync.ReplayDeadLettersAsync(replay, lab.Key));
    }

    [Theory]
    [InlineData(HttpFormat.JsonLines, "{}\n", "{\"id\":\n[1]\n")]
    [InlineData(HttpFormat.Csv, "id,value\n", "x,1,2\ny\n")]
    [InlineData(HttpFormat.Json, "[{}", ",7,\"x\"]")]
    public async Task A_bad_item_that_others_push_on_stays_the_same_letter(HttpFormat format, string first, string bad)
    {
        var good = "";
        await using var site = await TestSite.StartAsync(context =>
            context.Response.WriteAsync(first + good + bad, Token)
        );
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new() { Url = site.Address.ToString(), Format = format },
            }
        );
        await lab.PullAsync(source);
        var ids = (await ListAsync(source)).Select(letter => letter.DeadLetterId).ToList();
        good = format switch
        {
            HttpFormat.Csv => "a,1\n",
            HttpFormat.Json => ",{\"id\":\"a\"}",
            _ => "{\"id\":\"a\"}\n",
        };
        Assert.Equal(1, (await lab.PullAsync(source)).New);
        Assert.Equal(format == HttpFormat.Csv ? 2 : 3, ids.Count);
        Assert.Equal(ids, (await ListAsync(source)).Select(letter => letter.DeadLetterId));
    }

    [Fact]
    public async Task A_replay_does_not_bring_back_what_the_source_has_changed_since()
    {
        var people = await lab.CreateDatasetAsync();
        var visits = await CreateVisitsAsync(people);
        var document = "[{\"id\":\"v\",\"person\":\"p1\",\"name\":\"old\",\"updated_at\":\"2026-01-01T00:00:00Z\"}]";
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync(document, Token));
        var source = await SourceOfAsync(site, visits);
        await lab.PullAsync(source);
        Assert.Single(await ListAsync(source));
        document = "[{\"id\":\"v\",\"person\":null,\"name\":\"new\",\"updated_at\":\"2026-01-02T00:00:00Z\"}]";
        await lab.PullAsync(source);
        await PutAsync(people, "p1");
        var answer = await lab.Sync.ReplayDeadLettersAsync(new() { Parent = source.Name }, lab.Key);
        Assert.Equal(
            (1, 1, 0),
            (answer.Report.FetchedItems, answer.Report.UnchangedRecords, answer.Report.DeadLetters)
        );
        Assert.Equal("new", (await lab.ReadAsync(visits, "name"))["v"]);
        Assert.Empty(await ListAsync(source));
    }

    [Theory]
    [InlineData(2, "new")]
    [InlineData(0, "old")]
    public async Task A_replay_keeps_what_is_newer_where_no_column_says_so(int serial, string stays)
    {
        var people = await lab.CreateDatasetAsync();
        var document = "[{\"id\":\"v\",\"person\":\"p1\",\"name\":\"old\",\"serial\":1}]";
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync(document, Token));
        var source = await SourceOfAsync(site, await CreateVisitsAsync(people), "serial");
        await lab.PullAsync(source);
        document = $"[{{\"id\":\"v\",\"person\":null,\"name\":\"new\",\"serial\":{serial}}}]";
        await lab.PullAsync(source);
        await PutAsync(people, "p1");
        var answer = await lab.Sync.ReplayDeadLettersAsync(new() { Parent = source.Name }, lab.Key);
        Assert.Equal((1, 0), (answer.Report.FetchedItems, answer.Report.DeadLetters));
        Assert.Equal(stays, (await lab.ReadAsync(source.Dataset, "name"))["v"]);
        Assert.Empty(await ListAsync(source));
    }

    [Fact]
    public async Task The_second_round_keeps_what_is_newer_where_no_column_says_so()
    {
        var people = await lab.CreateDatasetAsync();
        await using var site = await TestSite.StartAsync(async context =>
        {
            if (context.Request.Query.ContainsKey("p"))
            {
                await PutAsync(people, "p2");
                await context.Response.WriteAsync("[{\"id\":\"v\",\"name\":\"new\",\"serial\":2}]", Token);
                return;
            }

            context.Response.Headers.Link = "</?p=2>; rel=next";
            await context.Response.WriteAsync(
                "[{\"id\":\"v\",\"person\":\"p2\",\"name\":\"old\",\"serial\":1}]",
                Token
            );
        });
        var source = await SourceOfAsync(site, await CreateVisitsAsync(people), "serial");
        var tally = await lab.PullAsync(source);
        Assert.Equal((2, 1, 1, 0), (tally.Fetched, tally.New, tally.Unchanged, tally.DeadLetters));
        Assert.Equal("new", (await lab.ReadAsync(source.Dataset, "name"))["v"]);
    }

    [Fact]
    public async Task Letters_of_a_dataset_that_is_gone_keep_no_others_back()
    {
        const string Bad = "[{\"id\":\"v\",\"person\":\"p9\"}]";
        var people = await lab.CreateDatasetAsync();
        var (gone, visits) = (await CreateVisitsAsync(people), await CreateVisitsAsync(people));
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync(Bad, Token));
        var source = await SourceOfAsync(site, gone);
        await lab.PullAsync(source);
        var update = new UpdateSyncSourceRequest
        {
            SyncSource = new() { Name = source.Name, Dataset = visits },
            UpdateMask = new() { Paths = { "dataset" } },
        };
        await lab.Sync.UpdateSyncSourceAsync(update, lab.Key);
        await lab.PullAsync(source);
        await lab.Datasets.DeleteDatasetAsync(new() { Name = gone }, lab.Key);
        await PutAsync(people, "p9");

        var report = (await lab.Sync.ReplayDeadLettersAsync(new() { Parent = source.Name }, lab.Key)).Report;
        Assert.Equal((2, 1, 1), (report.FetchedItems, report.NewRecords, report.DeadLetters));
        Assert.Equal(["v"], (await lab.ReadAsync(visits, "id")).Keys);
        Assert.Contains(gone[(gone.LastIndexOf('/') + 1)..], Assert.Single(await ListAsync(source)).Error.Message);
    }

    [Fact]
    public async Task Letters_come_by_page_oldest_first_and_go_with_their_source()
    {
        var items = string.Join(',', Enumerable.Range(0, 25).Select(i => $"{{\"id\":\"i{i}\",\"value\":\"x\"}}"));
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync($"[{items}]", Token));
        var source = await SourceOfAsync(site);
        await lab.PullAsync(source);
        Assert.Equal(
            25,
            (await lab.Sync.GetSyncSourceAsync(new() { Name = source.Name }, lab.Key)).SyncSource.DeadLetterCount
        );
        var (ids, request) = (new List<string>(), new ListDeadLettersRequest { Parent = source.Name, PageSize = 10 });
        var pages = 0;
        do
        {
            var page = await lab.Sync.ListDeadLettersAsync(request, lab.Key);
            ids.AddRange(page.DeadLetters.Select(letter => letter.DeadLetterId));
            request.PageToken = page.NextPageToken;
            pages++;
        } while (request.PageToken.Length > 0);

        Assert.Equal((3, 25), (pages, ids.Distinct().Count()));
        await lab.Sync.DeleteSyncSourceAsync(new() { Name = source.Name }, lab.Key);
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Sync.ListDeadLettersAsync(new() { Parent = source.Name }, lab.Key)
        );
        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
    }

    [Fact]
    public async Task A_number_within_JSON_that_would_be_rounded_on_its_way_is_a_letter()
    {
        var dataset = await lab.CreateDatasetAsync(made =>
            made.Columns.Add(new Column { Column_ = "raw", Type = ColumnType.Json })
        );
        const string Items = """
            [{"id":"exact","raw":{"n":[0.1,9007199254740992,1e300]}},
            {"id":"digits","raw":{"n":9007199254740993}}, {"id":"large","raw":[1e350]}]
            """;
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync(Items, Token));
        var source = await SourceOfAsync(site, dataset);
        var tally = await lab.PullAsync(source);
        var letters = await ListAsync(source);

        Assert.Equal((1, 2), (tally.New, tally.DeadLetters));
        Assert.Equal(["exact"], (await lab.ReadAsync(dataset, "id")).Keys);
        Assert.All(
            letters,
            letter => Assert.Contains("more digits than binary64", letter.Error.Message, StringComparison.Ordinal)
        );
    }

    private async Task<IReadOnlyList<DeadLetter>> ListAsync(SyncSource source) =>
        (await lab.Sync.ListDeadLettersAsync(new() { Parent = source.Name }, lab.Key)).DeadLetters;

    private Task<string> CreateVisitsAsync(string people) =>
        lab.CreateDatasetAsync(dataset =>
        {
            dataset.Columns.Add(new Column { Column_ = "person", Type = ColumnType.Text });
            dataset.Constraints.Add(
                new Constraint
                {
                    Constraint_ = "of_person",
                    Reference = new() { Columns = { "person" }, DatasetId = people[(people.LastIndexOf('/') + 1)..] },
                }
            );
        });

    private async Task PutAsync(string dataset, string id)
    {
        var values = new Google.Protobuf.WellKnownTypes.Struct { Fields = { ["id"] = new() { StringValue = id } } };
        var request = new PutRecordsRequest { Parent = dataset, Records = { new RecordPut { Values = values } } };
        await lab.Records.PutRecordsAsync(request, lab.Key);
    }

    private async Task<SyncSource> SourceOfAsync(
        TestSite site,
        string? dataset = null,
        string changed = "updated_at"
    ) =>
        await lab.CreateSourceAsync(
            new()
            {
                Dataset = dataset ?? await lab.CreateDatasetAsync(),
                Http = new() { Url = site.Address.ToString(), Format = HttpFormat.Json },
                Incremental = new() { ChangedField = changed },
            }
        );
}
