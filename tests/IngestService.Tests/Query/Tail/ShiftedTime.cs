namespace Dendrite.IngestService.Tests.Query.Tail;

/// <summary>The real time, as much later as a test says.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long shift;

    public void Shift(TimeSpan by) => Interlocked.Add(ref shift, (long)(by.TotalSeconds * TimestampFrequency));

    public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref shift);
}
