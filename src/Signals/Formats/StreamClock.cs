namespace Dendrite.Signals.Formats;

/// <summary>
/// Says when each sample of a stream was taken: between two anchors time runs evenly, elsewhere at the nominal rate.
/// Goes forward only and holds two anchors, however many there are. For one caller at a time.
/// </summary>
public sealed class StreamClock : IAsyncDisposable
{
    private readonly RecordedRate rate;
    private readonly IAsyncEnumerator<SamplePiece> layout;
    private readonly Queue<RecordedAnchor> waiting = [];
    private RecordedAnchor before;
    private RecordedAnchor? after;
    private bool isFirst = true;

    /// <param name="reader">The recording.</param>
    /// <param name="stream">Index of the stream.</param>
    /// <param name="cancellationToken">Stops the reading of anchors.</param>
    public StreamClock(RecordingReader reader, int stream, CancellationToken cancellationToken)
    {
        var recorded = reader.Recording.Streams[stream];
        rate = recorded.Rate;
        before = new(0, recorded.OnsetSeconds);
        layout = reader.ReadLayoutAsync(stream, cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>
    /// The instant of a sample, in seconds after <see cref="Recording.StartTime"/>; samples are asked for in order.
    /// </summary>
    public async ValueTask<decimal> SecondsAtAsync(long sample)
    {
        while (isFirst || after?.Sample <= sample)
        {
            (before, after, isFirst) = (after ?? before, await NextAsync(), false);
        }
        return SecondsAt(sample);
    }

    public ValueTask DisposeAsync() => layout.DisposeAsync();

    private decimal SecondsAt(long sample)
    {
        decimal passed = sample - before.Sample;
        return after is { } next && next.Sample > before.Sample
            ? before.Seconds + (passed * (next.Seconds - before.Seconds) / (next.Sample - before.Sample))
            : before.Seconds + rate.SecondsAt(sample - before.Sample);
    }

    private async ValueTask<RecordedAnchor?> NextAsync()
    {
        while (waiting.Count == 0 && await layout.MoveNextAsync())
        {
            foreach (var anchor in layout.Current.Anchors)
            {
                waiting.Enqueue(anchor);
            }
        }
        return waiting.TryDequeue(out var next) ? next : null;
    }
}
