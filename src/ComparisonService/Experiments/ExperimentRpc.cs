using Dendrite.Access;
using Dendrite.ComparisonService.Operations;
using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;
using SignalStream = Dendrite.Storage.Signals.SignalStream;
using Snapshot = Dendrite.Versioning.Snapshot;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Answers <c>dendrite.v1.ExperimentService</c>.</summary>
public sealed class ExperimentRpc(
    ProjectStore projects,
    ComparisonOpener opener,
    SignalStreamStore streams,
    OperationStarter operations
) : ExperimentService.ExperimentServiceBase
{
    /// <summary>Of a page of streams of one side.</summary>
    private const int PageStreams = 500;

    /// <summary>
    /// Pairs at once, begins what takes long. A project's round trip, those of both sides, one for each 500 streams of
    /// each, and one to begin.
    /// </summary>
    public override async Task<CompareExperimentsResponse> CompareExperiments(
        CompareExperimentsRequest request,
        ServerCallContext context
    )
    {
        var options = ExperimentSettings.Settle(request.Options);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Project);
        var name = ProjectName.Parse(request.Project, "project");
        context.GetCaller().Require(name.Project);
        var project = (await projects.GetAsync(name.Project, context.CancellationToken)).Id;
        var work = new WorkProject(project, name);
        // Before heads are read: they may have moved since the first time.
        if (await operations.FindAsync(work, mutation, context.CancellationToken) is { } again)
        {
            return new() { Operation = again };
        }

        var compared = await opener.OpenAsync(request.Project, request.Comparand, context);
        var (from, to) = (compared.Compared.From, compared.Compared.To);
        var pairs = ChannelPairs.Of(
            options,
            await ListAsync(project, from, context.CancellationToken),
            await ListAsync(project, to, context.CancellationToken)
        );
        var comparison = Describe(compared.ToMessage(), options, pairs);
        ComparisonSize.Check(comparison);
        var settled = SettledComparison.Of(comparison, from, to).ToMessage();
        var asked = new LongWork(ExperimentTask.MethodName, settled)
        {
            // With the digests of both sides, the options and the pairs.
            Identity = [ExperimentTask.Revision, comparison.ToByteArray()],
        };
        return new() { Operation = await operations.StartAsync(work, asked, mutation, context.CancellationToken) };
    }

    private static ExperimentComparison Describe(
        ResolvedComparand comparand,
        ExperimentComparisonOptions options,
        ChannelPairs pairs
    )
    {
        var comparison = new ExperimentComparison { Comparand = comparand, Options = options };
        comparison.Channels.AddRange(pairs.Pairs.Select(pair => new ChannelComparison { Pair = pair }));
        comparison.OnlyFrom.AddRange(pairs.OnlyFrom);
        comparison.OnlyTo.AddRange(pairs.OnlyTo);
        return comparison;
    }

    private async Task<List<SignalStream>> ListAsync(
        ProjectId project,
        Snapshot snapshot,
        CancellationToken cancellation
    )
    {
        var view = new RecordView(project, snapshot);
        var query = new StreamListQuery(PageStreams);
        List<SignalStream> all = [];
        while (true)
        {
            var page = await streams.ListAsync(view, query, cancellation);
            all.AddRange(page);
            if (page.Count < PageStreams)
            {
                return all;
            }

            query = query with { After = new(page[^1].Descriptor.StartTimeNs, page[^1].Descriptor.Name) };
        }
    }
}
