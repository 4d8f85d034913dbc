using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Comparing;

/// <summary>The channels of some labels that both sides of a comparison have in a stream of one id.</summary>
internal sealed class LabelledPairs(Platform platform, IReadOnlyList<string> labels)
{
    private const int PageSize = 1_000;

    /// <summary>Labels that an error lists.</summary>
    private const int MaxShown = 20;

    /// <exception cref="CliException">A label is on one side only, or on none.</exception>
    public async Task<IReadOnlyList<ChannelPair>> FindAsync(Comparand comparand, CancellationToken cancellationToken)
    {
        var from = await ListAsync(comparand.From, cancellationToken);
        var to = await ListAsync(comparand.To, cancellationToken);
        var both = from.Intersect(to).ToList();
        if (labels.FirstOrDefault(label => both.TrueForAll(channel => channel.Label != label)) is { } missing)
        {
            throw new CliException(
                ExitCode.NotFound,
                "CHANNEL_NOT_FOUND",
                $"--channels: no stream that both sides have has a channel '{missing}'; {ListOf(both)}."
            );
        }

        return
        [
            .. both.Where(channel => labels.Contains(channel.Label))
                .Select(channel => new ChannelPair
                {
                    FromStreamId = channel.Stream,
                    FromChannel = channel.Label,
                    ToStreamId = channel.Stream,
                    ToChannel = channel.Label,
                }),
        ];
    }

    private static string ListOf(List<(string Stream, string Label)> both)
    {
        var known = both.Select(channel => channel.Label).Distinct().ToList();
        var more = known.Count > MaxShown ? $" and {known.Count - MaxShown} more" : "";
        return known.Count == 0
            ? "they have no channel in common"
            : $"both have {string.Join(", ", known.Take(MaxShown))}{more}";
    }

    private async Task<List<(string Stream, string Label)>> ListAsync(
        SnapshotReference side,
        CancellationToken cancellationToken
    )
    {
        var request = new ListStreamsRequest
        {
            // Beside a tag any branch does.
            Parent = side.Branch.Length > 0 ? side.Branch : platform.BranchName("main"),
            At = side.Point,
            PageSize = PageSize,
        };
        List<(string, string)> channels = [];
        do
        {
            var page = await platform.Query.ListStreamsAsync(request, cancellationToken: cancellationToken);
            channels.AddRange(
                page.Streams.SelectMany(stream =>
                    stream.Channels.Select(channel =>
                        (stream.Name[(stream.Name.LastIndexOf('/') + 1)..], channel.Label)
                    )
                )
            );
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);
        return channels;
    }
}
