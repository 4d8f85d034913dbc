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

    /// <summary>
    /// The number of the row, or its place in the file, contradicts the rows around it; null for neither.
    /// </summary>
    public string? Contradiction { get; private set; }

    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        if (!await rows.NextAsync(cancellationToken))
        {
            return false;
        }
        Contradiction = null;
        if (counter.IsSwapped(rows.SampleNumber, rows.NextNumber))
        {
            rows.Swap();
            Contradiction = $"Sample number {rows.NextNumber} stands before {rows.SampleNumber}; put in their order.";
        }
        double? seconds = before is { } last && rows.Timestamp is { } now ? now - last : null;
        before = rows.Timestamp;
        long counted = Count(seconds);
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

    private long Count(double? seconds)
    {
        double number = rows.SampleNumber;
        if (counter.IsMisnumbered(number, rows.NextNumber))
        {
            Contradiction = $"Sample number {number} stands where another is due; taken as that.";
            counter.Skip();
            return 0;
        }
        long counted = counter.Lost(number, seconds, rateHz);
        // Before the first row nothing proves its number and time: they may be left of another recording.
        bool isUnproved = Sample == 0 && seconds is { } passed && !(passed * rateHz >= counted / 4.0);
        if (counted > 0 && Sample == 0 && (isUnproved || counted > MaxLost))
        {
            Contradiction =
                $"Sample number {number} follows the first row, which left no time for a loss; taken as next.";
            return 0;
        }
        return counted;
    }
}
