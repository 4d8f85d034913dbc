using System.Runtime.CompilerServices;

namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>Samples that follow each other without a gap.</summary>
/// <param name="Number">What the device calls the first; its index in the stream, less the first number of all.</param>
/// <param name="Place">Of the first among those in the file.</param>
/// <param name="Count">How many.</param>
internal readonly record struct SampleRun(long Number, long Place, long Count);

/// <summary>Runs of samples with gaps between, by the numbers that the device gave them.</summary>
internal sealed class SampleRuns(string field, string file)
{
    private const int MaxRuns = 1_000_000;

    private readonly List<SampleRun> runs = [];

    public IReadOnlyList<SampleRun> Runs => runs;

    /// <summary>The number of the stream's sample 0.</summary>
    public long First => runs.Count == 0 ? 0 : runs[0].Number;

    /// <summary>Those in the file.</summary>
    public long Present => runs.Count == 0 ? 0 : runs[^1].Place + runs[^1].Count;

    /// <summary>With those that are missing.</summary>
    public long Count => runs.Count == 0 ? 0 : runs[^1].Number + runs[^1].Count - First;

    /// <summary>Takes the next samples of the file.</summary>
    /// <param name="offset">Where their number is, in bytes.</param>
    /// <exception cref="RecordingFormatException">Numbers go back, or jump beyond reason.</exception>
    public void Add(long number, long count, long offset)
    {
        if (runs.Count == 0 || runs[^1].Number + runs[^1].Count != number)
        {
            long expected = runs.Count == 0 ? number : runs[^1].Number + runs[^1].Count;
            const long mostMissing = 1L << 44;
            if (number < expected || number - expected > mostMissing || runs.Count == MaxRuns)
            {
                throw new RecordingFormatException(
                    field,
                    offset,
                    $"Sample {number} where {expected} is due: the order of time is unknown.",
                    file
                );
            }
            runs.Add(new(number, Present, count));
            return;
        }
        runs[^1] = runs[^1] with { Count = runs[^1].Count + count };
    }

    /// <summary>Drops what lies beyond the samples that every file of the stream holds.</summary>
    public void Cut(long present)
    {
        runs.RemoveAll(run => run.Place >= present);
        if (runs.Count > 0)
        {
            runs[^1] = runs[^1] with { Count = Math.Min(runs[^1].Count, present - runs[^1].Place) };
        }
    }

    /// <summary>Warns of each gap.</summary>
    public void Warn(RecordingWarnings warnings)
    {
        for (int i = 1; i < runs.Count; i++)
        {
            long lost = runs[i].Number - runs[i - 1].Number - runs[i - 1].Count;
            string message = $"{lost} samples are missing before number {runs[i].Number}; a gap.";
            warnings.Add(RecordingWarningKind.SamplesLost, field, 0, message, file);
        }
    }

    /// <summary>Pieces of a stream with its gaps, from those of the samples in the file.</summary>
    /// <param name="first">Index in the stream.</param>
    /// <param name="read">Reads samples of the file from a place on, up to another.</param>
    public async IAsyncEnumerable<SamplePiece> ReadAsync(
        long first,
        Func<long, long, IAsyncEnumerable<SamplePiece>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        long at = first;
        foreach (var run in runs.Where(run => run.Number - First + run.Count > first))
        {
            long begin = run.Number - First;
            if (at < begin)
            {
                yield return new(at, begin - at)
                {
                    Gap = RecordedGapCause.DeviceCounterJump,
                    Note = $"The device's number is {run.Number} after it.",
                };
                at = begin;
            }
            long shift = begin - run.Place;
            await foreach (var piece in read(at - shift, run.Place + run.Count).WithCancellation(cancellationToken))
            {
                yield return piece with
                {
                    FirstSample = piece.FirstSample + shift,
                };
                at += piece.SampleCount;
            }
        }
    }
}
