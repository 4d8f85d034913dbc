using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Import;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Export;

/// <summary>Finds the streams that an export is about.</summary>
internal sealed class StreamSelector(Platform platform, ExportSelection selection)
{
    private const int PageSize = 1000;

    /// <summary>The state that all calls read: what was asked for, else what the first answer came from.</summary>
    public SnapshotPoint? At { get; private set; } = selection.At;

    /// <summary>The version that is read.</summary>
    public long Version { get; private set; }

    /// <param name="from">Index of the first sample.</param>
    /// <param name="to">Index after the last; null for the end.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="CliException">A channel or stream does not exist, or a range does not fit.</exception>
    public async Task<IReadOnlyList<SelectedStream>> FindAsync(long from, long? to, CancellationToken cancellationToken)
    {
        var streams = new List<SignalStream>();
        foreach (string id in selection.Streams)
        {
            streams.AddRange(await FindAsync(id, cancellationToken));
        }
        streams = [.. streams.DistinctBy(stream => stream.Name)];
        if (streams.Count > 1 && (from != 0 || to is not null))
        {
            throw Usage(
                "--from and --to count the samples of one stream, and these have rates of their own. Name one."
            );
        }
        var unknown = selection
            .Channels.Except(streams.SelectMany(stream => stream.Channels).Select(c => c.Label))
            .ToList();
        if (unknown.Count > 0)
        {
            throw new CliException(
                ExitCode.NotFound,
                "CHANNEL_NOT_FOUND",
                $"No channel '{unknown[0]}' in {string.Join(", ", streams.Select(stream => stream.Name))}. "
                    + "'dendrite streams show' lists the channels."
            );
        }
        return [.. streams.Select(stream => Select(stream, from, to)).Where(selected => selected.Channels.Count > 0)];
    }

    private SelectedStream Select(SignalStream stream, long from, long? to)
    {
        long end = to ?? stream.EndSample;
        if (from < 0 || from > end || end > stream.EndSample)
        {
            throw Usage($"{from} to {end} is no range of {stream.Name}, which has samples 0 to {stream.EndSample}.");
        }
        var channels =
            selection.Channels.Count == 0
                ? [.. stream.Channels]
                : selection
                    .Channels.Select(label => stream.Channels.FirstOrDefault(channel => channel.Label == label))
                    .OfType<SignalChannel>()
                    .ToList();
        return new(stream, channels, new() { StartSample = from, EndSample = end });
    }

    private async Task<IReadOnlyList<SignalStream>> FindAsync(string id, CancellationToken cancellationToken)
    {
        string name = platform.StreamName(selection.Branch, id);
        try
        {
            var response = await platform.Query.GetStreamAsync(
                new GetStreamRequest { Name = name, At = At },
                cancellationToken: cancellationToken
            );
            // From here on what is written meanwhile is not seen.
            (At, Version) = (At ?? new SnapshotPoint { Version = response.Version }, response.Version);
            return [response.Stream];
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound && !id.Contains('/'))
        {
            var parts = await FindPartsAsync(id, cancellationToken);
            if (parts.Count == 0)
            {
                throw;
            }
            return parts;
        }
    }

    /// <summary>The streams of one recording: the import has made their ids of one beginning and its rates.</summary>
    private async Task<IReadOnlyList<SignalStream>> FindPartsAsync(string id, CancellationToken cancellationToken)
    {
        var found = new List<SignalStream>();
        var request = new ListStreamsRequest
        {
            Parent = platform.BranchName(selection.Branch),
            PageSize = PageSize,
            At = At,
        };
        do
        {
            var page = await platform.Query.ListStreamsAsync(request, cancellationToken: cancellationToken);
            found.AddRange(
                page.Streams.Where(stream => LastPart(stream.Name).StartsWith($"{id}-", StringComparison.Ordinal))
            );
            (Version, request.PageToken) = (page.Version, page.NextPageToken);
        } while (request.PageToken.Length > 0);
        At ??= new SnapshotPoint { Version = Version };
        var sources = found.ToLookup(stream => stream.Labels.GetValueOrDefault(ImportPlan.SourceLabel, ""));
        var recordings = sources.Where(source => source.Key.Length > 0).ToList();
        return recordings.Count switch
        {
            0 => [],
            1 => [.. recordings[0]],
            _ => throw Usage(
                $"'{id}' is the beginning of the streams of {recordings.Count} recordings. Name the streams."
            ),
        };
    }

    private static string LastPart(string name) => name[(name.LastIndexOf('/') + 1)..];

    private static CliException Usage(string message) => new(ExitCode.Usage, "USAGE", message);
}
