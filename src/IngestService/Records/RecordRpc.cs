using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Storage.Snapshots;
using Google.Protobuf;
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
        var asked = AskedWrites.Of(request.Parent, request.Records, RecordWrite.Of, "records");
        var mutation = Mutations.Of(context, request, request.RequestId, asked.Dataset.ToString());
        var (records, version) = await PutOnceAsync(context, asked, request.CommitMessage, mutation);
        return new() { Records = { records }, Version = version };
    }

    public override async Task<V1.PatchRecordsResponse> PatchRecords(
        V1.PatchRecordsRequest request,
        ServerCallContext context
    )
    {
        var asked = AskedWrites.Of(request.Parent, request.Patches, RecordWrite.Of, "patches");
        var mutation = Mutations.Of(context, request, request.RequestId, asked.Dataset.ToString());
        var (records, version) = await PutOnceAsync(context, asked, request.CommitMessage, mutation);
        return new() { Records = { records }, Version = version };
    }

    public override async Task<V1.DeleteRecordsResponse> DeleteRecords(
        V1.DeleteRecordsRequest request,
        ServerCallContext context
    )
    {
        var asked = AskedWrites.Of(request.Parent, request.Deletes, RecordWrite.Of, "deletes");
        var mutation = Mutations.Of(context, request, request.RequestId, asked.Dataset.ToString());
        var write = asked.ToRequest(request.CommitMessage);
        var (count, version) = await WriteOnceAsync(context, asked.Dataset.Parent, write, mutation);
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
        var (count, version) = await WriteOnceAsync(context, parent, write, mutation);
        return new() { Version = version, WrittenRecords = count };
    }

    /// <summary>Writes, and gives the records as they are then; of a repeated request as they were then.</summary>
    private Task<(IReadOnlyList<V1.Record> Records, long Version)> PutOnceAsync(
        ServerCallContext context,
        AskedWrites asked,
        string commitMessage,
        Storage.Requests.Mutation mutation
    )
    {
        var (name, cancellation) = (asked.Dataset, context.CancellationToken);
        var write = asked.ToRequest(commitMessage);
        return AtHeadAsync(
            context,
            name.Parent,
            branch =>
                committer.OnceShortAsync<(IReadOnlyList<V1.Record>, long)>(
                    branch.Project,
                    mutation,
                    async () =>
                    {
                        var (records, receipt) = await mutator.WriteAsync(
                            branch,
                            write,
                            writes => WrittenRecords.Of(writes, asked),
                            mutation,
                            cancellation
                        );
                        return new((WrittenRecords.At(receipt!, records), receipt!.Version.Value), IsCommitted: true);
                    },
                    async before =>
                    {
                        var records = await queries.ReadAgainAsync(branch, name, asked.Writes, before, cancellation);
                        return (records, before.Version.Value);
                    },
                    cancellation
                )
        );
    }

    private Task<(int Count, long Version)> WriteOnceAsync(
        ServerCallContext context,
        BranchName name,
        WriteRequest write,
        Storage.Requests.Mutation mutation
    ) =>
        AtHeadAsync(
            context,
            name,
            branch =>
                committer.OnceShortAsync<(int, long)>(
                    branch.Project,
                    mutation,
                    async () =>
                    {
                        var (count, receipt) = await mutator.WriteAsync(
                            branch,
                            write,
                            writes => writes.Count,
                            mutation,
                            context.CancellationToken
                        );
                        return new((count, receipt?.Version.Value ?? 0), receipt is not null)
                        {
                            Nothing = RememberedCommit.OfNothing(ByteString.CopyFrom(BitConverter.GetBytes(count))),
                        };
                    },
                    before => Task.FromResult((BitConverter.ToInt32(before.Answer.Span), before.Version.Value)),
                    context.CancellationToken
                )
        );

    private Task<RecordBranch> HeadAsync(ServerCallContext context, BranchName name) =>
        branches.GetAsync(context.GetCaller(), name, SnapshotPoint.Head, context.CancellationToken);

    private Task<T> AtHeadAsync<T>(ServerCallContext context, BranchName name, Func<RecordBranch, Task<T>> act) =>
        branches.AtAsync(context.GetCaller(), name, SnapshotPoint.Head, act, context.CancellationToken);
}
