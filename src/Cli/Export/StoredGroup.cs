using Dendrite.Cli.Connection;
using Dendrite.Cli.Reading;
using Dendrite.Signals.Formats;
using Dendrite.V1;

namespace Dendrite.Cli.Export;

/// <summary>A run of one channel group: samples, or none where they are missing.</summary>
/// <param name="First">Index of the first, in the stream.</param>
/// <param name="End">Index after the last.</param>
/// <param name="Planar">Null where they are missing.</param>
/// <param name="Gap">What is said about it; null where nothing is.</param>
/// <param name="Hidden">Labels of channels whose samples are not the stored ones.</param>
internal sealed record GroupRun(
    long First,
    long End,
    ReadOnlyMemory<byte>? Planar,
    Gap? Gap,
    IReadOnlySet<string> Hidden
);

/// <summary>Reads the samples of one channel group in order, without holes. For one caller at a time.</summary>
internal sealed class StoredGroup : IAsyncDisposable
{
    private static readonly HashSet<string> None = [];

    private readonly SampleReader reader;
    private readonly IAsyncEnumerator<(SampleRun? Run, Gap? Gap)> answers;
    private readonly List<Gap> said = [];
    private readonly long end;
    private SampleRun? waiting;
    private long next;

    private StoredGroup(SampleReader reader, long first, long end, CancellationToken cancellationToken)
    {
        (this.reader, next, this.end) = (reader, first, end);
        answers = reader.ReadWithGapsAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <param name="first">Where to begin, in the stream.</param>
    public static async Task<StoredGroup> OpenAsync(
        Platform platform,
        StoredStream stream,
        IEnumerable<SignalChannel> channels,
        long first,
        CancellationToken cancellationToken
    )
    {
        var request = new ReadSamplesRequest
        {
            Stream = stream.Selected.Stream.Name,
            At = stream.At,
            Format = SampleFormat.Stored,
            Samples = new() { StartSample = first, EndSample = stream.Selected.Range.EndSample },
        };
        request.Channels.Add(channels.Select(channel => channel.Label));
        var reader = await SampleReader.OpenAsync(platform.Query, request, cancellationToken);
        return new(reader, first, stream.Selected.Range.EndSample, cancellationToken);
    }

    public static RecordedGapCause CauseOf(GapCause cause) =>
        cause switch
        {
            GapCause.Paused => RecordedGapCause.Paused,
            GapCause.DeviceCounterJump => RecordedGapCause.DeviceCounterJump,
            _ => RecordedGapCause.Declared,
        };

    /// <summary>Null after the last.</summary>
    public async Task<GroupRun?> NextAsync()
    {
        while (waiting is null && await answers.MoveNextAsync())
        {
            if (answers.Current.Gap is { } gap)
            {
                said.Add(gap);
            }
            waiting = answers.Current.Run;
        }
        if (next >= end)
        {
            return null;
        }
        long from = next;
        said.RemoveAll(gap => gap.Range.EndSample <= from);
        if (waiting is { } run && run.FirstSample <= from)
        {
            waiting = null;
            next = run.FirstSample + run.SampleCount;
            return new(from, next, run.Planar, null, HiddenAt(from));
        }
        next = Math.Min(waiting?.FirstSample ?? end, end);
        return new(from, next, null, said.Find(gap => gap.Range.StartSample <= from), None);
    }

    public async ValueTask DisposeAsync()
    {
        await answers.DisposeAsync();
        reader.Dispose();
    }

    /// <summary>A chunk lies within what one set of masks hides.</summary>
    private IReadOnlySet<string> HiddenAt(long sample) =>
        said.Where(gap => gap.Range.StartSample <= sample).SelectMany(gap => gap.Channels).ToHashSet();
}
