namespace Dendrite.Signals.Formats.OpenBci;

/// <summary>Walks rows and knows the index of each among all samples, lost ones included.</summary>
internal sealed class OpenBciWalk(OpenBciHeader header, OpenBciCounter counter, OpenBciRows rows)
{
    /// <summary>Days at any rate of these boards; more is damage.</summary>
    private const long MaxLost = 1_000_000_000;

    private readonly double rateHz = (double)header.Rate.Hz;
    private double? before;

    public OpenBciRows Rows => rows;

    /// <summary>Of the row, from 0.</summary>
    public long Sample { get; private set; } = -1;

    /// <summary>Samples lost between the row before and this one.</summary>
    public long Lost { get; private set; }

    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        if (!await rows.NextAsync(cancellationToken))
        {
            return false;
        }
        double? seconds = before is { } last && rows.Timestamp is { } now ? now - last : null;
        before = rows.Timestamp;
        long counted = counter.Lost(rows.SampleNumber, seconds, rateHz);
        if (counted > MaxLost)
        {
            throw new RecordingFormatException(
                "Sample Index",
                rows.Offset,
                $"{rows.SampleNumber} would mean {counted} lost samples: the number or the time stamp is damaged."
            );
        }
        // A row that was left out is a sample lost, whether or not numbers prove it.
        Lost = Sample < 0 ? 0 : Math.Max(counted, rows.LeftOut);
        Sample += Lost + 1;
        return true;
    }
}
