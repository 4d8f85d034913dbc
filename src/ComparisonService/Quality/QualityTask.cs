using System.Text.Json;
using Dendrite.Checks.Quality;
using Dendrite.ComparisonService.Sampling;
using Dendrite.Contracts.Names;
using Dendrite.Operations;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Operations;
using Dendrite.Storage.Quality;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Quality;

/// <summary>Runs checks on a state: stream by stream, then the records; keeps what they found.</summary>
internal sealed class QualityTask(
    SignalStreamStore streams,
    StreamQuality streamQuality,
    RecordChecks records,
    QualityResultStore results,
    KeptStates states
) : IOperationTask
{
    public const string MethodName = "dendrite.v1.QualityService/RunQualityChecks";

    /// <summary>Changes whenever the same state would be judged otherwise: kept results of the old way count no
    /// more.</summary>
    public static readonly byte[] Revision = "quality 3"u8.ToArray();

    private const string PlacePart = "place";
    private const int PageStreams = 100;

    public string Method => MethodName;

    public async Task<IMessage> RunAsync(OperationWork work, CancellationToken cancellation)
    {
        var settled = SettledChecks.Read(work.ReadRequest<BytesValue>());
        var run = new Run(work, settled.ReadResult(), settled.ReadChecks(), new(work.Project, settled.ReadSnapshot()));
        await CheckStreamsAsync(run, cancellation);
        await work.TellAsync("checking records", 0, null, "records", cancellation);
        await records.CheckAsync(run.View, run.Branch, run.Numbered, run.Findings, cancellation);
        await states.DemandAsync(run.View.Project, [run.View.Snapshot], cancellation);
        return await KeepAsync(run, cancellation);
    }

    private async Task CheckStreamsAsync(Run run, CancellationToken cancellation)
    {
        var chosen = await ChooseAsync(run, cancellation);
        var total = chosen.SelectMany(one => one.Streams).Distinct().LongCount();
        if (total == 0)
        {
            return;
        }

        var (after, done) = await run.RestoreAsync(cancellation);
        await foreach (var stream in ListAsync(run.View, null, after, cancellation))
        {
            var id = stream.StreamId;
            var checks = chosen.Where(one => one.Streams.Contains(id)).SelectMany(one => one.Checks).ToList();
            if (checks.Count == 0)
            {
                continue;
            }

            await run.Work.TellAsync("checking streams", done++, total, "streams", cancellation);
            var name = new StreamName(run.Branch.Project, run.Branch.Branch, stream.Descriptor.Name).ToString();
            var sampled = new SampledStream(run.View.Project, run.View.Snapshot, stream);
            await streamQuality.CheckAsync(sampled, name, checks, run.Findings, cancellation);
            await run.SaveAsync(stream.Descriptor, done, cancellation);
        }
    }

    /// <summary>Which streams each filter chooses: their numbers alone, for there may be many.</summary>
    private async Task<List<ChosenStreams>> ChooseAsync(Run run, CancellationToken cancellation)
    {
        List<ChosenStreams> chosen = [];
        var ofStreams = run.Numbered.Where(one => !RecordChecks.IsAboutRecords(one.Check));
        foreach (var group in ofStreams.GroupBy(one => one.Check.StreamFilter))
        {
            HashSet<long> ids = [];
            await foreach (var stream in ListAsync(run.View, run.FilterOf(group.Key), null, cancellation))
            {
                ids.Add(stream.StreamId);
            }

            chosen.Add(new(ids, [.. group]));
        }

        return chosen;
    }

    private async IAsyncEnumerable<Storage.Signals.SignalStream> ListAsync(
        RecordView view,
        Storage.Filtering.RowCondition? filter,
        StreamPlace? after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var query = new StreamListQuery(PageStreams) { Filter = filter, After = after };
        while (true)
        {
            var page = await streams.ListAsync(view, query, cancellation);
            foreach (var stream in page)
            {
                yield return stream;
            }

            if (page.Count < PageStreams)
            {
                yield break;
            }

            query = query with { After = Run.PlaceOf(page[^1].Descriptor) };
        }
    }

    /// <summary>An attempt that comes later finds the same, and keeps it under the same number.</summary>
    private async Task<QualityResult> KeepAsync(Run run, CancellationToken cancellation)
    {
        var result = run.Result;
        run.Findings.WriteTo(result);
        result.QualityResultId = run.Work.Name.Operation;
        result.CreateTime = Timestamps.Of(run.Work.CreateTime);
        result.Creator = run.Work.Creator;
        var record = new QualityResultRecord(
            result.QualityResultId,
            run.Branch.Branch,
            result.SnapshotDigest.ToByteArray(),
            result.Passed,
            result.ToByteArray()
        )
        {
            CreateTime = run.Work.CreateTime,
            Rules = run.Numbered.ToDictionary(
                one => QualityCheckName.Parse(one.Check.Name).QualityCheck,
                one => QualityRule.DigestOf(one.Check)
            ),
        };
        if (run.Findings.AreOfTheMoment)
        {
            run.Work.AnswerOnce();
        }

        // One that is too large is refused by whoever runs the task, and is not to be kept.
        if (record.Content.Length <= OperationResponse.MaxBytes)
        {
            await results.AddAsync(run.View.Project, record, cancellation);
        }

        return result;
    }

    private sealed record ChosenStreams(HashSet<long> Streams, IReadOnlyList<(int Index, QualityCheck Check)> Checks);

    /// <summary>One attempt at one operation.</summary>
    private sealed class Run(
        OperationWork work,
        QualityResult result,
        IReadOnlyList<QualityCheck> checks,
        RecordView view
    )
    {
        public OperationWork Work => work;

        public QualityResult Result => result;

        public RecordView View => view;

        public BranchName Branch { get; } = BranchName.Parse(result.Snapshot.Branch);

        public IReadOnlyList<(int Index, QualityCheck Check)> Numbered { get; } = [.. checks.Index()];

        public QualityFindings Findings { get; } = new(checks);

        public static StreamPlace PlaceOf(SignalStreamDescriptor stream) => new(stream.StartTimeNs, stream.Name);

        public Storage.Filtering.RowCondition? FilterOf(string filter) => StreamFilter.Read(filter, Branch.ToString());

        public async Task<(StreamPlace? After, long Done)> RestoreAsync(CancellationToken cancellation)
        {
            if (await work.FindPartAsync(PlacePart, cancellation) is not { } part)
            {
                return (null, 0);
            }

            var place = JsonSerializer.Deserialize<Place>(part)!;
            Findings.Restore(place.Found);
            return (place.After, place.Done);
        }

        /// <summary>A crash costs the work on one stream.</summary>
        public Task SaveAsync(SignalStreamDescriptor stream, long done, CancellationToken cancellation)
        {
            var place = new Place(PlaceOf(stream), done, Findings.Save());
            OperationPart part = new(PlacePart, JsonSerializer.SerializeToUtf8Bytes(place));
            return work.KeepAsync([part], cancellation);
        }
    }

    private sealed record Place(StreamPlace After, long Done, FoundSoFar Found);
}
