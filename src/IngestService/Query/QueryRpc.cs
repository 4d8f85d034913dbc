using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Query.Lists;
using Dendrite.IngestService.Query.Overview;
using Dendrite.IngestService.Query.Statistics;
using Dendrite.IngestService.Query.Tail;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Signals;
using Grpc.Core;

namespace Dendrite.IngestService.Query;

/// <summary>Signals out, over gRPC.</summary>
internal sealed class QueryRpc(
    BranchDirectory branches,
    SignalStreamStore streams,
    StreamTimes times,
    SampleReader samples,
    OverviewReader overviews,
    StatisticsReader statistics,
    StreamLists streamLists,
    StreamEventLists lists,
    TailService tails
) : V1.QueryService.QueryServiceBase
{
    public override async Task<V1.GetStreamResponse> GetStream(V1.GetStreamRequest request, ServerCallContext context)
    {
        var (branch, stream) = await FindAsync(request.Name, "name", request.At, context);
        var parent = StreamName.Parse(request.Name).Parent;
        var mapped = StreamMapper.ToContract(stream, parent);
        mapped.EndTime = await times.EndOfAsync(branch, stream, context.CancellationToken);
        return new() { Stream = mapped, Version = branch.Version.Value };
    }

    public override Task<V1.ListStreamsResponse> ListStreams(
        V1.ListStreamsRequest request,
        ServerCallContext context
    ) => streamLists.ListAsync(context.GetCaller(), request, context.CancellationToken);

    public override async Task ReadSamples(
        V1.ReadSamplesRequest request,
        IServerStreamWriter<V1.ReadSamplesResponse> responseStream,
        ServerCallContext context
    )
    {
        var (branch, stream) = await FindAsync(request.Stream, "stream", request.At, context);
        var inTime = await times.FindAsync(branch, stream, request.Time, context.CancellationToken);
        var plan = ReadPlan.Of(request, stream, inTime);
        await foreach (var response in samples.ReadAsync(branch, stream, plan, context.CancellationToken))
        {
            await responseStream.WriteAsync(response, context.CancellationToken);
        }
    }

    public override async Task ReadOverview(
        V1.ReadOverviewRequest request,
        IServerStreamWriter<V1.ReadOverviewResponse> responseStream,
        ServerCallContext context
    )
    {
        var (branch, stream) = await FindAsync(request.Stream, "stream", request.At, context);
        var inTime = await times.FindAsync(branch, stream, request.Time, context.CancellationToken);
        var plan = OverviewPlan.Of(request, stream, inTime);
        await foreach (var response in overviews.ReadAsync(branch, stream, plan, context.CancellationToken))
        {
            await responseStream.WriteAsync(response, context.CancellationToken);
        }
    }

    public override async Task ReadStatistics(
        V1.ReadStatisticsRequest request,
        IServerStreamWriter<V1.ReadStatisticsResponse> responseStream,
        ServerCallContext context
    )
    {
        var (branch, stream) = await FindAsync(request.Stream, "stream", request.At, context);
        var inTime = await times.FindAsync(branch, stream, request.Time, context.CancellationToken);
        var plan = StatisticsPlan.Of(request, stream, inTime);
        await foreach (var response in statistics.ReadAsync(branch, stream, plan, context.CancellationToken))
        {
            await responseStream.WriteAsync(response, context.CancellationToken);
        }
    }

    public override Task Tail(
        V1.TailRequest request,
        IServerStreamWriter<V1.TailResponse> responseStream,
        ServerCallContext context
    ) => tails.TailAsync(context.GetCaller(), request, responseStream, context.CancellationToken);

    public override async Task<V1.ListAnnotationsResponse> ListAnnotations(
        V1.ListAnnotationsRequest request,
        ServerCallContext context
    )
    {
        var (branch, stream) = await FindAsync(request.Parent, "parent", request.At, context);
        return await lists.ListAsync(branch, stream, request, context.CancellationToken);
    }

    public override async Task<V1.ListGapsResponse> ListGaps(V1.ListGapsRequest request, ServerCallContext context)
    {
        var (branch, stream) = await FindAsync(request.Parent, "parent", request.At, context);
        return await lists.ListAsync(branch, stream, request, context.CancellationToken);
    }

    public override async Task<V1.ListMasksResponse> ListMasks(V1.ListMasksRequest request, ServerCallContext context)
    {
        var (branch, stream) = await FindAsync(request.Parent, "parent", request.At, context);
        return await lists.ListAsync(branch, stream, request, context.CancellationToken);
    }

    public override async Task<V1.ListTimeAnchorsResponse> ListTimeAnchors(
        V1.ListTimeAnchorsRequest request,
        ServerCallContext context
    )
    {
        var (branch, stream) = await FindAsync(request.Parent, "parent", request.At, context);
        return await lists.ListAsync(branch, stream, request, context.CancellationToken);
    }

    private async Task<(BranchView Branch, SignalStream Stream)> FindAsync(
        string streamName,
        string field,
        V1.SnapshotPoint? at,
        ServerCallContext context
    )
    {
        var name = StreamName.Parse(streamName, field);
        var point = SnapshotPoints.Read(at, name.Project);
        var branch = await branches.GetToReadAsync(context.GetCaller(), name.Parent, point, context.CancellationToken);
        var stream = await streams.FindAsync(branch.Project, branch.Snapshot, name.Stream, context.CancellationToken);
        return (branch, stream ?? throw NoStream(name));
    }

    private static DendriteException NoStream(StreamName name) =>
        new(ErrorReason.StreamNotFound, $"{name} does not exist there; list the branch's streams for those that do.");
}
