using System.Text;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.EndToEnd.Clinical;

/// <summary>Somebody who works on records with a key of their own, over gRPC to both services.</summary>
internal sealed class Curator(Platform platform, string key) : IDisposable
{
    private const string Project = "projects/lab";
    private readonly GrpcChannel branch = GrpcChannel.ForAddress(platform.Branch.Address);
    private readonly GrpcChannel ingest = GrpcChannel.ForAddress(platform.IngestAddress);

    private MergeService.MergeServiceClient Merges => new(branch);

    private CallOptions Options =>
        new(
            new Metadata { { "authorization", $"Bearer {key}" } },
            cancellationToken: TestContext.Current.CancellationToken
        );

    private RecordService.RecordServiceClient Records => new(ingest);

    public static string BranchOf(string branch) => $"{Project}/branches/{branch}";

    public static string DatasetOf(string branch, string dataset) => $"{BranchOf(branch)}/datasets/{dataset}";

    public async Task ForkAsync(string name, string from)
    {
        var request = new CreateBranchRequest
        {
            Parent = Project,
            BranchId = name,
            Source = new() { Branch = BranchOf(from) },
        };
        await new BranchService.BranchServiceClient(branch).CreateBranchAsync(request, Options);
    }

    /// <returns>How many records it has now.</returns>
    public async Task<long> LoadAsync(string branchName, string id, Dataset dataset, string csv)
    {
        var create = new CreateDatasetRequest
        {
            Parent = BranchOf(branchName),
            DatasetId = id,
            Dataset = dataset,
        };
        await new DatasetService.DatasetServiceClient(ingest).CreateDatasetAsync(create, Options);
        using var call = Records.LoadRecords(Options);
        var open = new LoadOpen
        {
            Parent = DatasetOf(branchName, id),
            Format = RecordFormat.Csv,
            Csv = new() { NullValues = { "NA" } },
        };
        await call.RequestStream.WriteAsync(new() { Open = open });
        foreach (var piece in Encoding.UTF8.GetBytes(csv).Chunk(1 << 18))
        {
            await call.RequestStream.WriteAsync(new() { Data = UnsafeByteOperations.UnsafeWrap(piece) });
        }

        await call.RequestStream.CompleteAsync();
        var loaded = await call;
        Assert.Empty(loaded.BadRows);
        return loaded.LoadedRecords;
    }

    public async Task CorrectAsync(string branchName, string dataset, string record, string column, string value)
    {
        var patch = new RecordPatch
        {
            RecordId = record,
            Values = new() { Fields = { [column] = Value.ForString(value) } },
        };
        var request = new PatchRecordsRequest { Parent = DatasetOf(branchName, dataset), Patches = { patch } };
        await Records.PatchRecordsAsync(request, Options);
    }

    public async Task<string> CellAsync(string branchName, string dataset, string record, string column)
    {
        var request = new GetRecordRequest { Name = $"{DatasetOf(branchName, dataset)}/records/{record}" };
        var found = (await Records.GetRecordAsync(request, Options)).Record.Values.Fields[column];
        return found.KindCase == Value.KindOneofCase.StringValue ? found.StringValue : found.ToString();
    }

    /// <summary>Ids of the records that a filter finds, at most a thousand.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(string branchName, string dataset, string filter)
    {
        var request = new QueryRecordsRequest
        {
            Parent = DatasetOf(branchName, dataset),
            Selection = new() { Filter = filter },
            PageSize = 1_000,
        };
        var page = await Records.QueryRecordsAsync(request, Options);
        return [.. page.Records.Select(record => record.Name.Split('/')[^1])];
    }

    /// <summary>Removes a subject and all that was seen in it, in one commit.</summary>
    public async Task RemoveSubjectAsync(string branchName, string subject)
    {
        var request = new CommitTransactionRequest
        {
            Parent = BranchOf(branchName),
            CommitMessage = $"{subject} withdrew consent",
        };
        foreach (var dataset in PilotTables.Ids)
        {
            var found = await FindAsync(branchName, dataset, $"USUBJID = \"{subject}\"");
            var deletes = found.Select(record => new RecordDelete { RecordId = record });
            if (found.Count > 0)
            {
                request.Writes.Add(new DatasetWrites { DatasetId = dataset, Deletes = { deletes } });
            }
        }

        await Records.CommitTransactionAsync(request, Options);
    }

    public async Task AddLabValueAsync(string branchName, string subject, int number)
    {
        var values = new Struct
        {
            Fields =
            {
                ["USUBJID"] = Value.ForString(subject),
                ["LBSEQ"] = Value.ForNumber(number),
                ["LBTESTCD"] = Value.ForString("ALB"),
                ["LBSTRESN"] = Value.ForString("38.5"),
            },
        };
        var request = new PutRecordsRequest
        {
            Parent = DatasetOf(branchName, "lb"),
            Records = { new RecordPut { Values = values } },
        };
        await Records.PutRecordsAsync(request, Options);
    }

    public async Task<PreviewMergeResponse> PreviewAsync(string source, string target) =>
        await Merges.PreviewMergeAsync(
            new()
            {
                Pair = new() { Source = BranchOf(source), Target = BranchOf(target) },
            },
            Options
        );

    public async Task<MergeBranchResponse> MergeAsync(string source, string target, MergePolicy? policy = null) =>
        await Merges.MergeBranchAsync(
            new()
            {
                Pair = new() { Source = BranchOf(source), Target = BranchOf(target) },
                Policy = policy,
            },
            Options
        );

    /// <summary>The history of one cell, newest first, a line each: who, in which branch, from what to what.</summary>
    public async Task<IReadOnlyList<string>> AuditAsync(string branchName, string dataset, string record, string column)
    {
        var request = new ListRecordVersionsRequest
        {
            Name = $"{DatasetOf(branchName, dataset)}/records/{record}",
            Column = column,
        };
        var list = await new HistoryService.HistoryServiceClient(branch).ListRecordVersionsAsync(request, Options);
        return
        [
            .. from version in list.Versions
            from change in version.Changes
            let made = version.Commit
            select $"{made.Author} {made.Name.Split('/')[3]} {change.From?.StringValue} -> {change.To.StringValue}",
        ];
    }

    public void Dispose()
    {
        branch.Dispose();
        ingest.Dispose();
    }
}
