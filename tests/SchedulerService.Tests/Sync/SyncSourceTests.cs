using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.SchedulerService.Tests.Outbound;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Dendrite.SchedulerService.Tests.Sync;

public sealed class SyncSourceTests(SyncLab lab) : IClassFixture<SyncLab>
{
    private const string Dataset = "projects/lab/branches/study/datasets/none-yet";

    [Fact]
    public async Task A_source_is_made_once_found_listed_changed_and_deleted()
    {
        var create = new CreateSyncSourceRequest
        {
            Parent = SyncLab.Parent,
            SyncSourceId = "weather",
            SyncSource = Source(),
            RequestId = "1b8f6f4e-3f3f-4bb8-8d0e-2f6f6d1c0a13",
        };
        var made = (await lab.Sync.CreateSyncSourceAsync(create, lab.Key)).SyncSource;
        Assert.Equal("projects/lab/syncSources/weather", made.Name);
        Assert.Equal((Source().Http, 0, null), (made.Http, made.DeadLetterCount, made.SyncTime));
        Assert.Equal(made, (await lab.Sync.CreateSyncSourceAsync(create, lab.Key)).SyncSource);
        Assert.Equal(made, (await lab.Sync.GetSyncSourceAsync(new() { Name = made.Name }, lab.Key)).SyncSource);
        create.RequestId = "";
        Assert.Equal(ErrorReason.AlreadyExists, await RefusalOfAsync(lab.Sync.CreateSyncSourceAsync(create, lab.Key)));

        var update = new UpdateSyncSourceRequest
        {
            SyncSource = new()
            {
                Name = made.Name,
                Etag = made.Etag,
                DisplayName = "Weather of the town",
                Limits = new() { MaxBatchItems = 5 },
            },
        };
        var changed = (await lab.Sync.UpdateSyncSourceAsync(update, lab.Key)).SyncSource;
        Assert.Equal(
            ("Weather of the town", 5, made.Http),
            (changed.DisplayName, changed.Limits.MaxBatchItems, changed.Http)
        );
        Assert.Equal(ErrorReason.EtagMismatch, await RefusalOfAsync(lab.Sync.UpdateSyncSourceAsync(update, lab.Key)));
        update.SyncSource.Etag = "";
        update.UpdateMask = new FieldMask { Paths = { "display_name" } };
        update.SyncSource.DisplayName = "";
        changed = (await lab.Sync.UpdateSyncSourceAsync(update, lab.Key)).SyncSource;
        Assert.Equal(("", 5), (changed.DisplayName, changed.Limits.MaxBatchItems));

        var delete = new DeleteSyncSourceRequest { Name = made.Name, Etag = made.Etag };
        Assert.Equal(ErrorReason.EtagMismatch, await RefusalOfAsync(lab.Sync.DeleteSyncSourceAsync(delete, lab.Key)));
        delete.Etag = "";
        await lab.Sync.DeleteSyncSourceAsync(delete, lab.Key);
        Assert.Equal(
            ErrorReason.SyncSourceNotFound,
            await RefusalOfAsync(lab.Sync.DeleteSyncSourceAsync(delete, lab.Key))
        );
        delete.AllowMissing = true;
        await lab.Sync.DeleteSyncSourceAsync(delete, lab.Key);
    }

    [Fact]
    public async Task Sources_come_by_page_in_the_order_of_their_names()
    {
        foreach (var id in new[] { "page-b", "page-a", "page-c" })
        {
            var create = new CreateSyncSourceRequest
            {
                Parent = SyncLab.Parent,
                SyncSourceId = id,
                SyncSource = Source(),
            };
            await lab.Sync.CreateSyncSourceAsync(create, lab.Key);
        }

        var names = new List<string>();
        var list = new ListSyncSourcesRequest { Parent = SyncLab.Parent, PageSize = 1 };
        do
        {
            var page = await lab.Sync.ListSyncSourcesAsync(list, lab.Key);
            names.Add(Assert.Single(page.SyncSources).Name[^6..]);
            list.PageToken = page.NextPageToken;
        } while (list.PageToken.Length > 0);

        Assert.Equal(
            ["page-a", "page-b", "page-c"],
            names.Where(name => name.StartsWith("page-", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task A_job_pulls_its_source_and_its_run_has_the_figures()
    {
        await using var site = await TestSite.StartAsync(context =>
            context.Response.WriteAsync(
                "[{\"id\":\"a\",\"value\":1,\"more\":2},{\"id\":\"b\",\"value\":\"x\"}]",
                SyncLab.Token
            )
        );
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new() { Url = site.Address.ToString(), Format = HttpFormat.Json },
            }
        );
        var job = new CreateJobRequest
        {
            Parent = SyncLab.Parent,
            JobId = "pulls",
            Job = new() { Task = new() { SyncSource = source.Name } },
        };
        await lab.Jobs.CreateJobAsync(job, lab.Key);
        var dry = await RunAsync("projects/lab/jobs/pulls", dryRun: true);
        Assert.Equal((RunState.Succeeded, 2), (dry.State, dry.Results["fetched_items"]));
        Assert.Empty(await lab.ReadAsync(source.Dataset));

        var run = await RunAsync("projects/lab/jobs/pulls", dryRun: false);
        Assert.Equal(RunState.Succeeded, run.State);
        Assert.Equal(
            (2, 1, 1),
            (run.Results["fetched_items"], run.Results["new_records"], run.Results["dead_letters"])
        );
        Assert.Equal((500, 1, 1), (run.Results["success_permille"], run.Results["requests"], run.Results["attempts"]));
        Assert.Equal("more", run.Report.Fields["leftOutFields"].ListValue.Values[0].StringValue);
        Assert.NotEmpty(run.Report.Fields["batchSizes"].ListValue.Values);
        Assert.Equal(0.5, run.Report.Fields["report"].StructValue.Fields["successRatio"].NumberValue);
    }

    [Fact]
    public async Task A_job_for_a_source_that_is_not_there_is_not_made()
    {
        var job = new CreateJobRequest
        {
            Parent = SyncLab.Parent,
            JobId = "pulls-nothing",
            Job = new() { Task = new() { SyncSource = "projects/lab/syncSources/nowhere" } },
        };
        Assert.Equal(ErrorReason.SyncSourceNotFound, await RefusalOfAsync(lab.Jobs.CreateJobAsync(job, lab.Key)));
    }

    private static SyncSource Source() =>
        new()
        {
            Dataset = Dataset,
            Http = new()
            {
                Url = "https://example.org/items",
                Format = HttpFormat.Json,
                Headers = { ["accept-language"] = "de" },
                SecretHeaders = { ["x-key"] = "token" },
            },
        };

    private async Task<Run> RunAsync(string job, bool dryRun)
    {
        var run = (await lab.Jobs.RunJobAsync(new() { Name = job, DryRun = dryRun }, lab.Key)).Run;
        await SchedulerFixture.UntilAsync(async () =>
        {
            run = (await lab.Jobs.GetRunAsync(new() { Name = run.Name }, lab.Key)).Run;
            return run.EndTime is not null;
        });
        return run;
    }

    private static async Task<ErrorReason?> RefusalOfAsync<T>(AsyncUnaryCall<T> call)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await call);
        return ErrorStatus.FromRpcException(refused)?.Reason;
    }
}
