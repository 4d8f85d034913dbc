using Dendrite.Cli.Connection;
using Dendrite.Cli.Reading;
using Dendrite.Signals.Formats;
using Dendrite.V1;

namespace Dendrite.Cli.Export;

/// <summary>
/// Reads the channel groups of a stream side by side, and cuts them into pieces of all of them. A piece is a chunk of
/// the platform, 1 MiB at most for each group. For one caller at a time.
/// </summary>
/// <param name="platform">Where it is read from.</param>
/// <param name="stream">The stream.</param>
/// <param name="firstSample">Where to begin, counted from the first sample wanted.</param>
/// <param name="cancellationToken">Stops it.</param>
internal sealed class StoredPieces(
    Platform platform,
    StoredStream stream,
    long firstSample,
    CancellationToken cancellationToken
) : IAsyncDisposable
{
    private readonly List<(SignalChannel[] Channels, StoredGroup Reader)> groups = [];
    private readonly List<GroupRun?> runs = [];
    private long next = stream.First + firstSample;

    /// <summary>Null after the last.</summary>
    public async Task<SamplePiece?> NextAsync()
    {
        if (next >= stream.Selected.Range.EndSample)
        {
            return null;
        }
        await OpenAsync();
        for (int group = 0; group < groups.Count; group++)
        {
            if (runs[group] is null || runs[group]!.End <= next)
            {
                runs[group] = await groups[group].Reader.NextAsync();
            }
        }
        long end = runs.Min(run => run!.End);
        var piece = Cut(next, end);
        next = end;
        return piece;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, reader) in groups)
        {
            await reader.DisposeAsync();
        }
    }

    private async Task OpenAsync()
    {
        if (groups.Count > 0)
        {
            return;
        }
        foreach (
            var group in stream.Selected.Channels.GroupBy(channel => channel.ChannelGroup).OrderBy(group => group.Key)
        )
        {
            SignalChannel[] channels = [.. group];
            groups.Add((channels, await StoredGroup.OpenAsync(platform, stream, channels, next, cancellationToken)));
            runs.Add(null);
        }
    }

    private SamplePiece Cut(long from, long to)
    {
        var piece = new SamplePiece(from - stream.First, to - from);
        if (runs.TrueForAll(run => run!.Planar is null))
        {
            var gap = runs[0]!.Gap;
            return piece with { Gap = StoredGroup.CauseOf(gap?.Cause ?? GapCause.Declared), Note = gap?.Note ?? "" };
        }
        var missing = new HashSet<string>(StringComparer.Ordinal);
        var samples = new List<ReadOnlyMemory<byte>>();
        foreach (var (run, (channels, _)) in runs.Zip(groups))
        {
            missing.UnionWith(run!.Planar is null ? channels.Select(channel => channel.Label) : run.Hidden);
            samples.Add(Cut(run, channels, from, to));
        }
        return piece with { Groups = samples, MissingChannels = missing };
    }

    private static ReadOnlyMemory<byte> Cut(GroupRun run, SignalChannel[] channels, long from, long to)
    {
        if (run.Planar is { } whole && run.First == from && run.End == to)
        {
            return whole;
        }
        int size = channels[0].SampleType.SizeBytes();
        int length = (int)(to - from) * size;
        byte[] cut = new byte[length * channels.Length];
        if (run.Planar is { } planar)
        {
            int stride = (int)(run.End - run.First) * size;
            for (int channel = 0; channel < channels.Length; channel++)
            {
                int at = (channel * stride) + ((int)(from - run.First) * size);
                planar.Slice(at, length).CopyTo(cut.AsMemory(channel * length));
            }
        }
        return cut;
    }
}
