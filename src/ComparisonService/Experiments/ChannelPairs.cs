using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;
using SignalStream = Dendrite.Storage.Signals.SignalStream;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Which channels of two experiments are counterparts, and which have none. Pure.</summary>
internal sealed record ChannelPairs(
    IReadOnlyList<ChannelPair> Pairs,
    IReadOnlyList<UnpairedChannel> OnlyFrom,
    IReadOnlyList<UnpairedChannel> OnlyTo
)
{
    /// <summary>
    /// The caller's own pairs first; then, of the channels that are in none of them: by stream id and label; or by
    /// location, a channel without one by its label, where exactly one channel of each side is there, or exactly one of
    /// the same stream. Upper and lower case of locations are the same. By stream and the order of channels.
    /// </summary>
    /// <exception cref="DendriteException">STREAM_NOT_FOUND, CHANNEL_NOT_FOUND: of a pair of the caller's.</exception>
    public static ChannelPairs Of(
        ExperimentComparisonOptions options,
        IReadOnlyList<SignalStream> from,
        IReadOnlyList<SignalStream> to
    )
    {
        var old = ChannelsOf(from);
        var current = ChannelsOf(to);
        for (var i = 0; i < options.Pairs.Count; i++)
        {
            var given = options.Pairs[i];
            Require(from, given.FromStreamId, given.FromChannel, $"options.pairs[{i}].from");
            Require(to, given.ToStreamId, given.ToChannel, $"options.pairs[{i}].to");
        }

        List<ChannelPair> pairs = [.. options.Pairs];
        var usedFrom = pairs.Select(pair => (pair.FromStreamId, pair.FromChannel)).ToHashSet();
        var usedTo = pairs.Select(pair => (pair.ToStreamId, pair.ToChannel)).ToHashSet();
        var leftFrom = old.Where(channel => !usedFrom.Contains(channel.Id)).ToList();
        var leftTo = current.Where(channel => !usedTo.Contains(channel.Id)).ToList();
        foreach (var (one, other) in Match(options.Pairing, leftFrom, leftTo))
        {
            pairs.Add(
                new()
                {
                    FromStreamId = one.Stream,
                    FromChannel = one.Label,
                    ToStreamId = other.Stream,
                    ToChannel = other.Label,
                }
            );
            usedFrom.Add(one.Id);
            usedTo.Add(other.Id);
        }

        return new(pairs, Unpaired(old, usedFrom), Unpaired(current, usedTo));
    }

    private static IEnumerable<(Candidate, Candidate)> Match(
        ChannelPairing pairing,
        List<Candidate> from,
        List<Candidate> to
    )
    {
        if (pairing == ChannelPairing.Given)
        {
            return [];
        }

        if (pairing == ChannelPairing.Label)
        {
            var byId = to.ToDictionary(channel => channel.Id);
            return from.Where(one => byId.ContainsKey(one.Id)).Select(one => (one, byId[one.Id]));
        }

        var within = MatchBy(from, to, channel => (channel.Stream, channel.Location)).ToList();
        var used = within.SelectMany(pair => new[] { ("from", pair.Item1), ("to", pair.Item2) }).ToHashSet();
        var across = MatchBy(
            [.. from.Where(one => !used.Contains(("from", one)))],
            [.. to.Where(other => !used.Contains(("to", other)))],
            channel => ("", channel.Location)
        );
        return within.Concat(across);
    }

    /// <summary>Those whose key only one channel of each side has.</summary>
    private static IEnumerable<(Candidate, Candidate)> MatchBy(
        List<Candidate> from,
        List<Candidate> to,
        Func<Candidate, (string, string)> key
    )
    {
        var (old, current) = (Unique(from, key), Unique(to, key));
        return from.Where(one => old.ContainsKey(key(one)) && current.ContainsKey(key(one)))
            .Select(one => (one, current[key(one)]));
    }

    private static Dictionary<(string, string), Candidate> Unique(
        List<Candidate> channels,
        Func<Candidate, (string, string)> key
    ) =>
        channels
            .GroupBy(key)
            .Where(group => group.Count() == 1)
            .ToDictionary(group => group.Key, group => group.Single());

    private static List<Candidate> ChannelsOf(IReadOnlyList<SignalStream> streams) =>
        [
            .. streams.SelectMany(stream =>
                stream.Descriptor.Channels.Select(channel => new Candidate(
                    stream.Descriptor.Name,
                    channel.Label,
                    (channel.Location.Length > 0 ? channel.Location : channel.Label).ToUpperInvariant()
                ))
            ),
        ];

    private static List<UnpairedChannel> Unpaired(List<Candidate> channels, HashSet<(string, string)> used) =>
        [
            .. channels
                .Where(channel => !used.Contains(channel.Id))
                .Select(channel => new UnpairedChannel { StreamId = channel.Stream, Channel = channel.Label }),
        ];

    private static void Require(IReadOnlyList<SignalStream> streams, string stream, string label, string field)
    {
        var found = streams.FirstOrDefault(one => one.Descriptor.Name == stream);
        if (found is null)
        {
            throw Missing(
                ErrorReason.StreamNotFound,
                $"{field}_stream_id",
                $"'{RequestFields.Excerpt(stream)}' is no stream of that side; list its streams for those that are"
            );
        }

        if (found.Descriptor.Channels.All(channel => channel.Label != label))
        {
            var labels = found.Descriptor.Channels.Select(channel => channel.Label).ToList();
            throw ChannelErrors.NoSuch($"{field}_channel", label, stream, labels);
        }
    }

    private static DendriteException Missing(ErrorReason reason, string field, string problem) =>
        new(reason, $"{field}: {problem}") { FieldViolations = [new(field, problem)] };

    private sealed record Candidate(string Stream, string Label, string Location)
    {
        public (string, string) Id => (Stream, Label);
    }
}
