using Dendrite.V1;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary>Branches, datasets and sources for the night shift to work on.</summary>
internal sealed class NightData(NightShift night)
{
    private readonly V1.BranchService.BranchServiceClient branches = new(night.Open(night.Branch));
    private readonly DatasetService.DatasetServiceClient datasets = new(night.Open(night.Ingest));
    private readonly RecordService.RecordServiceClient records = new(night.Open(night.Ingest));
    private readonly SyncService.SyncServiceClient sources = new(night.Open(night.Schedulers[0]));

    public static string NameOf(string branch) => $"{NightShift.Project}/branches/{branch}";

    /// <summary>Forks a branch from main.</summary>
    /// <param name="sort">Its label <c>sort</c>.</param>
    public async Task ForkAsync(string branch, string sort = "any")
    {
        var request = new CreateBranchRequest
        {
            Parent = NightShift.Project,
            BranchId = branch,
            Branch = new() { Labels = { ["sort"] = sort } },
            Source = new() { Branch = NameOf("main") },
        };
        await branches.CreateBranchAsync(request, NightShift.Options);
    }

    /// <summary>Lets the time of branches have passed.</summary>
    /// <param name="pattern">As of SQL's LIKE.</param>
    public Task ExpireAsync(string pattern) =>
        night.CountAsync(
            $"""
            WITH past AS (
                UPDATE branching.branch SET expire_time = now() - interval '1 day' WHERE name LIKE '{pattern}'
                RETURNING 1
            )
            SELECT count(*) FROM past
            """
        );

    public async Task<bool> IsDeletedAsync(string branch) =>
        await night.CountAsync(
            $"SELECT count(*) FROM branching.branch WHERE name = '{branch}' AND delete_time IS NOT NULL"
        ) > 0;

    /// <summary>The dataset <c>items</c>: <c>id</c> is its key, <c>updated_at</c> its changed value.</summary>
    /// <returns>Its resource name.</returns>
    public async Task<string> CreateItemsAsync(string branch)
    {
        var dataset = new Dataset { KeyColumns = { "id" } };
        foreach (
            var (name, type) in new[]
            {
                ("id", ColumnType.Text),
                ("name", ColumnType.Text),
                ("value", ColumnType.Decimal),
                ("updated_at", ColumnType.Timestamp),
            }
        )
            dataset.Columns.Add(new Column { Column_ = name, Type = type });
        var request = new CreateDatasetRequest
        {
            Parent = NameOf(branch),
            DatasetId = "items",
            Dataset = dataset,
        };
        return (await datasets.CreateDatasetAsync(request, NightShift.Options)).Dataset.Name;
    }

    /// <summary>Writes a record of <c>items</c>.</summary>
    public async Task PutItemAsync(string branch, string id)
    {
        var put = new PutRecordsRequest { Parent = $"{NameOf(branch)}/datasets/items" };
        put.Records.Add(new RecordPut { Values = new() { Fields = { ["id"] = new() { StringValue = id } } } });
        await records.PutRecordsAsync(put, NightShift.Options);
    }

    /// <summary>All records of a dataset: id to value.</summary>
    public async Task<SortedDictionary<string, string>> ReadItemsAsync(string dataset)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var request = new QueryRecordsRequest { Parent = dataset, PageSize = 1_000 };
        do
        {
            var page = await records.QueryRecordsAsync(request, NightShift.Options);
            foreach (var record in page.Records)
                all.Add(record.Values.Fields["id"].StringValue, record.Values.Fields["value"].StringValue);
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        return all;
    }

    public async Task<SyncSource> CreateSourceAsync(string id, SyncSource source)
    {
        var request = new CreateSyncSourceRequest
        {
            Parent = NightShift.Project,
            SyncSourceId = id,
            SyncSource = source,
        };
        return (await sources.CreateSyncSourceAsync(request, NightShift.Options)).SyncSource;
    }
}
