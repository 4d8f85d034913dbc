using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.V1;
using SignalStream = Dendrite.Storage.Signals.SignalStream;
using Snapshot = Dendrite.Versioning.Snapshot;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Which streams are read together, and where each channel of each pair is found. Pure.</summary>
internal sealed class ComparisonPlan
{
    /// <summary>Stored samples that frames hold at once; a thousand channels on both sides at 30 kHz take 370
    /// MB.</summary>
    private const long MaxFrameBytes = 512L << 20;

    /// <summary>Longest transform: 16 MiB of numbers for each thread.</summary>
    private const int MaxWindowSize = 1 << 20;

    private readonly Dictionary<(bool IsNew, string Stream), MeasuredStream> streams = [];
    private readonly Dictionary<MeasuredStream, (LockstepPlan Plan, int Stream)> places = [];

    public ComparisonPlan(ExperimentComparison comparison, ComparedSide from, ComparedSide to)
    {
        AddStreams(comparison.Channels.Select(one => (one.Pair.FromStreamId, one.Pair.FromChannel)), from, false);
        AddStreams(comparison.Channels.Select(one => (one.Pair.ToStreamId, one.Pair.ToChannel)), to, true);
        Plans = [.. Group(comparison).Select((group, i) => PlanOf(i, group, comparison))];
        foreach (var plan in Plans)
        {
            foreach (var (i, stream) in plan.Streams.Index())
            {
                places[stream] = (plan, i);
            }
        }

        // Pairs need places, and plans need pairs.
        Plans = [.. Plans.Select(plan => WithPairs(plan, comparison))];
        foreach (var plan in Plans)
        {
            foreach (var (i, stream) in plan.Streams.Index())
            {
                places[stream] = (plan, i);
            }
        }
    }

    public IReadOnlyList<LockstepPlan> Plans { get; }

    public (LockstepPlan Plan, ChannelPlace Place) Find(ChannelPair pair, bool isNew)
    {
        var (name, label) = isNew ? (pair.ToStreamId, pair.ToChannel) : (pair.FromStreamId, pair.FromChannel);
        var stream = streams[(isNew, name)];
        var (plan, index) = places[stream];
        var channel = stream.Channels.Index().First(one => stream.Descriptor.Channels[one.Item].Label == label).Index;
        return (plan, new(index, channel));
    }

    private void AddStreams(IEnumerable<(string Stream, string Channel)> channels, ComparedSide side, bool isNew)
    {
        foreach (var wanted in channels.Distinct().GroupBy(one => one.Stream, one => one.Channel))
        {
            var stream =
                side.Streams.FirstOrDefault(one => one.Descriptor.Name == wanted.Key)
                ?? throw new DendriteException(
                    ErrorReason.StreamNotFound,
                    $"Stream '{wanted.Key}' was there when the comparison was asked for and is not any more; ask again."
                );
            var labels = wanted.ToHashSet();
            int[] indexes =
            [
                .. stream
                    .Descriptor.Channels.Index()
                    .Where(one => labels.Contains(one.Item.Label))
                    .Select(one => one.Index),
            ];
            streams[(isNew, wanted.Key)] = new(side.Project, side.Snapshot, stream, indexes);
        }
    }

    /// <summary>Streams that pairs on one clock tie together.</summary>
    private IEnumerable<List<MeasuredStream>> Group(ExperimentComparison comparison)
    {
        var groups = streams.Values.ToDictionary(stream => stream, stream => new List<MeasuredStream> { stream });
        foreach (var (from, to) in comparison.Channels.Select(one => StreamsOf(one.Pair)).Distinct())
        {
            var (one, other) = (groups[from], groups[to]);
            if (one == other || !from.SharesClockWith(to))
            {
                continue;
            }

            one.AddRange(other);
            other.ForEach(stream => groups[stream] = one);
        }

        return groups.Values.Distinct();
    }

    private static LockstepPlan PlanOf(int index, List<MeasuredStream> group, ExperimentComparison comparison)
    {
        var seconds = ExperimentSettings.SecondsOf(comparison.Options.WindowLength);
        var size = group[0].WindowSize(Math.Min(seconds, int.MaxValue / 4 / Math.Max(1, group[0].Rate)));
        var bytes = group.Sum(stream => StreamFrames.FrameBytes(stream, size));
        if (size > MaxWindowSize || bytes > MaxFrameBytes)
        {
            throw DendriteException.Invalid(
                "options.window_length",
                $"windows of {seconds} s are {size} samples of {group.Sum(stream => stream.Channels.Count)} "
                    + $"channels, more "
                    + "than is held at once; make them shorter, or compare fewer channels with options.pairs"
            );
        }

        return new LockstepPlan(index, group, [], size).With(comparison.Options);
    }

    private LockstepPlan WithPairs(LockstepPlan plan, ExperimentComparison comparison) =>
        plan with
        {
            Pairs =
            [
                .. comparison
                    .Channels.Index()
                    .Where(one => IsTied(plan, one.Item.Pair))
                    .Select(one => new LockstepPair(
                        one.Index,
                        Find(one.Item.Pair, isNew: false).Place,
                        Find(one.Item.Pair, isNew: true).Place
                    )),
            ],
        };

    private bool IsTied(LockstepPlan plan, ChannelPair pair)
    {
        var (from, to) = StreamsOf(pair);
        return places[from].Plan == plan && places[to].Plan == plan && from.SharesClockWith(to);
    }

    private (MeasuredStream From, MeasuredStream To) StreamsOf(ChannelPair pair) =>
        (streams[(false, pair.FromStreamId)], streams[(true, pair.ToStreamId)]);
}

/// <summary>One side of a comparison.</summary>
internal sealed record ComparedSide(ProjectId Project, Snapshot Snapshot, IReadOnlyList<SignalStream> Streams);
