namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>Puts the samples of several streams together, record by record. For one caller at a time.</summary>
internal sealed class RecordAssembler : IAsyncDisposable
{
    private readonly List<(int Stream, StreamCursor Cursor)> cursors = [];
    private readonly EdfLayoutPlan layout;
    private readonly byte[][] samples;
    private int run;

    public RecordAssembler(RecordingReader reader, EdfLayoutPlan layout, CancellationToken cancellationToken)
    {
        this.layout = layout;
        var perRecord = layout.Grid.SamplesPerRecord;
        samples =
        [
            .. layout.Signals.Select(signal => new byte[perRecord[signal.Stream] * signal.Conversion.TargetBytes]),
        ];
        foreach (var ofStream in layout.Signals.Index().GroupBy(entry => entry.Item.Stream))
        {
            var targets = ofStream.Select(entry => (entry.Item, samples[entry.Index])).ToArray();
            var stream = reader.Recording.Streams[ofStream.Key];
            var pieces = reader.ReadAsync(ofStream.Key, 0, cancellationToken);
            cursors.Add((ofStream.Key, new(stream, targets, pieces, perRecord[ofStream.Key], layout.Fill)));
        }
    }

    /// <summary>For each signal in order the samples of the record; overwritten by the next.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Samples => [.. samples.Select(bytes => (ReadOnlyMemory<byte>)bytes)];

    /// <summary>Reads the samples of a record; they are asked for in order.</summary>
    public async Task FillAsync(long record)
    {
        for (var runs = layout.Grid.Runs; record >= runs[run].FirstRecord + runs[run].RecordCount; )
        {
            run++;
        }
        foreach (var (stream, cursor) in cursors)
        {
            var samples = layout.Runs[stream].Runs[run];
            long before = (record - layout.Grid.Runs[run].FirstRecord) * layout.Grid.SamplesPerRecord[stream];
            await cursor.FillAsync(samples.FirstSample + before, samples.FirstSample + samples.SampleCount);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, cursor) in cursors)
        {
            await cursor.DisposeAsync();
        }
    }
}
