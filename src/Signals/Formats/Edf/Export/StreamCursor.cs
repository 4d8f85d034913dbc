namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>Goes through the samples of one stream and hands them out by the record.</summary>
internal sealed class StreamCursor : IAsyncDisposable
{
    private readonly IAsyncEnumerator<SamplePiece> pieces;
    private readonly (PlannedSignal Signal, byte[] Target, int Group, int Place)[] targets;
    private readonly RecordedStream stream;
    private readonly int samplesPerRecord;
    private readonly bool fill;
    private SamplePiece piece = new(0, 0);
    private long taken;

    /// <param name="stream">The stream.</param>
    /// <param name="targets">Its signals, each with room for its samples of a record.</param>
    /// <param name="pieces">Its samples from the first on.</param>
    /// <param name="samplesPerRecord">Of each signal.</param>
    /// <param name="fill">What is missing is written as the value for it; otherwise it lies between two
    /// records.</param>
    public StreamCursor(
        RecordedStream stream,
        IReadOnlyList<(PlannedSignal Signal, byte[] Target)> targets,
        IAsyncEnumerable<SamplePiece> pieces,
        int samplesPerRecord,
        bool fill
    )
    {
        (this.stream, this.samplesPerRecord, this.fill) = (stream, samplesPerRecord, fill);
        this.pieces = pieces.GetAsyncEnumerator();
        this.targets =
        [
            .. targets.Select(target =>
            {
                var channel = stream.Channels[target.Signal.Channel];
                int place = stream.Channels.Take(target.Signal.Channel).Count(other => other.Group == channel.Group);
                int group = stream
                    .Channels.Select(other => other.Group)
                    .Distinct()
                    .Count(other => other < channel.Group);
                return (target.Signal, target.Target, group, place);
            }),
        ];
    }

    /// <summary>Takes the samples of a record.</summary>
    /// <param name="first">Index of the first of them.</param>
    /// <param name="runEnd">Index after the last sample of the run that the record is in.</param>
    /// <exception cref="ExportRefusedException">A sample does not fit, or is missing though nothing said
    /// so.</exception>
    public async Task FillAsync(long first, long runEnd)
    {
        for (int done = 0; done < samplesPerRecord; )
        {
            long next = piece.FirstSample + taken;
            if (fill && next >= runEnd)
            {
                FillRest(done, samplesPerRecord - done);
                return;
            }
            if (taken == piece.SampleCount)
            {
                await NextAsync(runEnd);
                continue;
            }
            if (next != first + done)
            {
                throw new ExportRefusedException(
                    $"samples {first + done} to {next}",
                    "They are missing, and no gap was declared for them. Fill what is missing with --fill, or "
                        + "choose CSV."
                );
            }
            int count = (int)Math.Min(samplesPerRecord - done, Math.Min(piece.SampleCount - taken, runEnd - next));
            Take(done, count);
            (done, taken) = (done + count, taken + count);
        }
    }

    public ValueTask DisposeAsync() => pieces.DisposeAsync();

    private async Task NextAsync(long runEnd)
    {
        if (!await pieces.MoveNextAsync())
        {
            throw new ExportRefusedException(
                $"sample {piece.FirstSample + piece.SampleCount}",
                $"The recording ends there, before sample {runEnd}. Was it changed meanwhile? Export it again, "
                    + $"--at a version."
            );
        }
        piece = pieces.Current;
        // A gap lies between two records, where it is not filled.
        taken = piece.Gap is null || fill ? 0 : piece.SampleCount;
    }

    private void Take(int done, int count)
    {
        foreach (var (signal, target, group, place) in targets)
        {
            var channel = stream.Channels[signal.Channel];
            var (from, to) = (signal.Conversion.SourceBytes, signal.Conversion.TargetBytes);
            var room = target.AsSpan(done * to, count * to);
            if (piece.Gap is not null || piece.MissingChannels.Contains(channel.Label))
            {
                signal.Conversion.Fill(room);
                continue;
            }
            int first = (int)(((place * piece.SampleCount) + taken) * from);
            var samples = piece.Groups[group].Span.Slice(first, count * from);
            signal.Conversion.Convert(samples, room, piece.FirstSample + taken);
        }
    }

    private void FillRest(int done, int count)
    {
        foreach (var (signal, target, _, _) in targets)
        {
            int size = signal.Conversion.TargetBytes;
            signal.Conversion.Fill(target.AsSpan(done * size, count * size));
        }
    }
}
