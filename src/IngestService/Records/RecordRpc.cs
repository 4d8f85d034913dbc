using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Storage.Snapshots;
using Grpc.Core;

namespace Dendrite.IngestService.Records;

/// <summary>Records over gRPC: parse, call, map. Reads and documents are in the other parts.</summary>
internal sealed partial class RecordRpc(
    RecordBranches branches,
    RecordMutator mutator,
    RecordCommitter committer,
    RecordQueries queries,
    RecordLoads loads
) : V1.RecordService.RecordServiceBase
{
    public override async Task<V1.PutRecordsResponse> PutRecords(
        V1.PutRecordsRequest request,
        ServerCallContext context
    )
    {
        var name = DatasetName.Parse(request.Parent, "parent");
        WriteLimits.CheckCount(request.Records.Count, "records");
        var asked = request.Records.Select((put, i) => RecordWrite.Of(put, $"records[{i}]")).ToList();
        var write = new WriteRequest([(name.Dataset, asked)], WriteLimits.Message(request.CommitMessage));
        var mutation = Mutations.Of(context, request, request.RequestId, name.ToString());
        var branch = await HeadAsync(context, name.Parent);
        return await committer.OnceAsync(
            branch.Project,
            mutation,
            async () =>
            {
                var done = await mutator.WriteAsync(branch, write, mutation, context.CancellationToken);
                var (records, version) = Written(done, name.Parent);
                return new V1.PutRecordsResponse { Records = { records }, Version = version };
            },
            async before =>
            {
                var records = await queries.ReadAgainAsync(branch, name, asked, before, context.CancellationToken);
                return new V1.PutRecordsResponse { Records = { records }, Version = before.Version.Value };
            },
            context.CancellationToken
        );
    }

    public override async Task<V1.PatchRecordsResponse> PatchRecords(
        V1.PatchRecordsRequest request,
        ServerCallContext context
    )
    {
        var name = DatasetName.Parse(request.Parent, "parent");
        WriteLimits.CheckCount(request.Patches.Count, "patches");
        var asked = request.Patches.Select((patch, i) => RecordWrite.Of(patch, $"patches[{i}]")).ToList();
        var write = new WriteRequest([(name.Dataset, asked)], WriteLimits.Message(request.CommitMessage));
        var mutation = Mutations.Of(context, request, request.RequestId, name.ToString());
        var branch = await HeadAsync(context, name.Parent);
        return await committer.OnceAsync(
            branch.Project,
            mutation,
            async () =>
            {
                var done = await mutator.WriteAsync(branch, write, mutation, context.CancellationToken);
                var (records, version) = Written(done, name.Parent);
                return new V1.PatchRecordsResponse { Records = { records }, Version = version };
            },
            async before =>
            {
                var records = await queries.ReadAgainAsync(branch, name, asked, before, context.CancellationToken);
                return new V1.PatchRecordsResponse { Records = { records }, Version = before.Version.Value };
            },
            context.CancellationToken
        );
    }

    public override async Task<V1.DeleteRecordsResponse> DeleteRecords(
        V1.DeleteRecordsRequest request,
        ServerCallContext context
    )
    {
        var name = DatasetName.Parse(request.Parent, "parent");
        WriteLimits.CheckCount(request.Deletes.Count, "deletes");
        var asked = request.Deletes.Select((delete, i) => RecordWrite.Of(delete, $"deletes[{i}]")).ToList();
        var write = new WriteRequest([(name.Dataset, asked)], WriteLimits.Message(request.CommitMessage));
        var mutation = Mutations.Of(context, request, request.RequestId, name.ToString());
        var branch = await HeadAsync(context, name.Parent);
        var (count, version) = await WriteOnceAsync(branch, write, mutation, context.CancellationToken);
        return new() { DeletedCount = count, Version = version };
    }

    public override async Task<V1.CommitTransactionResponse> CommitTransaction(
        V1.CommitTransactionRequest request,
        ServerCallContext context
    )
    {
        var parent = BranchName.Parse(request.Parent, "parent");
        var write = TransactionInput.Read(request);
        var mutation = Mutations.Of(context, request, request.RequestId, parent.ToString());
        var branch = await HeadAsync(context, parent);
        var (count, version) = await WriteOnceAsync(branch, write, mutation, context.CancellationToken);
        return new() { Version = version, WrittenRecords = count };
    }

    private Task<(int Count, long Version)> WriteOnceAsync(
        RecordBranch branch,
        WriteRequest write,
        Storage.Requests.Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        committer.OnceAsync(
            branch.Project,
            mutation,
            async () =>
            {
                var done = await mutator.WriteAsync(branch, write, mutation, cancellationToken);
                return (done.Result.Count, done.Receipt?.Version.Value ?? 0);
            },
            before => Task.FromResult((BitConverter.ToInt32(before.Answer.Span), before.Version.Value)),
            cancellationToken
        );

    private static (IEnumerable<V1.Record> Records, long Version) Written(Committed<WriteSet> done, BranchName branch)
    {
        var receipt = done.Receipt!;
        var records = done.Result.Writes.Select(write =>
            RecordMapper.ToContract((write.Dataset, branch), write.Cells!.Value, (receipt.Version.Value, receipt.Time))
        );
        return (records, receipt.Version.Value);
    }

    private Task<RecordBranch> HeadAsync(ServerCallContext context, BranchName name) =>
        branches.GetAsync(context.GetCaller(), name, SnapshotPoint.Head, context.CancellationToken);
}
