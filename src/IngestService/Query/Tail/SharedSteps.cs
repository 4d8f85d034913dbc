using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>What came to a stream from one head to the next, read once for all who follow it. Immutable.</summary>
/// <param name="Number">Of the head that it leads to.</param>
/// <param name="Range">The samples that came.</param>
/// <param name="Parts">What they consist of, of all channel groups.</param>
/// <param name="Annotations">Those that were written, by start sample.</param>
/// <param name="Bytes">Payload that it holds.</param>
internal sealed record TailStep(
    long Number,
    SampleRange Range,
    IReadOnlyList<SamplePart> Parts,
    IReadOnlyList<StreamAnnotation> Annotations,
    long Bytes
);

/// <summary>
/// The newest steps of a stream, one after the other, within a bound of bytes: the oldest go first. Thread-safe.
/// </summary>
internal sealed class SharedSteps(long maxBytes)
{
    /// <summary>Steps that hold next to nothing fill it by number: at the fastest pace, five seconds.</summary>
    private const int MaxSteps = 256;

    private readonly Lock gate = new();
    private readonly Queue<TailStep> steps = new();
    private long bytes;

    /// <summary>Number of the head before the oldest step; null where there is no step.</summary>
    public long? Begins
    {
        get
        {
            lock (gate)
            {
                return steps.TryPeek(out var oldest) ? oldest.Number - 1 : null;
            }
        }
    }

    /// <summary>Adds the step to the next head; null: it is not shared, and those before it lead nowhere.</summary>
    public void Add(TailStep? step)
    {
        lock (gate)
        {
            if (step is null)
            {
                steps.Clear();
                bytes = 0;
                return;
            }

            steps.Enqueue(step);
            bytes += step.Bytes;
            while (bytes > maxBytes || steps.Count > MaxSteps)
            {
                bytes -= steps.Dequeue().Bytes;
            }
        }
    }

    /// <summary>The steps from one head to a newer one; null where one of them is not here.</summary>
    public IReadOnlyList<TailStep>? Find(long from, long to)
    {
        lock (gate)
        {
            var between = steps.Where(step => step.Number > from && step.Number <= to).ToList();
            return between.Count == to - from ? between : null;
        }
    }
}
