using System.Runtime.CompilerServices;

namespace Dendrite.Signals.Formats.Wfdb;

/// <summary>Frames of one signal file in order, in pieces of bounded size that all files of a record share.</summary>
/// <param name="segment">Whose file it is.</param>
/// <param name="file">The file.</param>
internal sealed class WfdbFrames(WfdbSegment segment, WfdbFile file)
{
    private const int PieceSamples = 64 << 10;

    /// <summary>Frames of a piece of a record.</summary>
    public static int PieceFrames(WfdbSegment segment) =>
        Math.Clamp(
            PieceSamples / segment.SignalFiles.Select(file => file.FrameSamples).DefaultIfEmpty(1).Max(),
            1,
            1 << 14
        );

    /// <summary>
    /// Runs of frames: for each frame the samples of the file's signals in order. The memory is valid until the next
    /// run.
    /// </summary>
    public async IAsyncEnumerable<ReadOnlyMemory<int>> ReadAsync(
        long firstFrame,
        long endFrame,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        int most = PieceFrames(segment);
        int[] samples = new int[most * file.FrameSamples];
        await using var stream = segment.Open(file);
        int[] levels = [.. file.Signals.Select(signal => segment.Signals[signal].InitialValue)];
        if (file.Packing.IsDifferences)
        {
            // A level is the sum of all differences before it.
            for (long at = 0; at < firstFrame; at += most)
            {
                var skipped = samples.AsMemory(0, (int)Math.Min(most, firstFrame - at) * file.FrameSamples);
                await WfdbSegment.ReadFramesAsync(stream, file, at, skipped, cancellationToken);
                Accumulate(skipped.Span, levels);
            }
        }
        for (long at = firstFrame; at < endFrame; at += most)
        {
            var run = samples.AsMemory(0, (int)Math.Min(most, endFrame - at) * file.FrameSamples);
            await WfdbSegment.ReadFramesAsync(stream, file, at, run, cancellationToken);
            if (file.Packing.IsDifferences)
            {
                Accumulate(run.Span, levels);
            }
            yield return run;
        }
    }

    private void Accumulate(Span<int> samples, int[] levels)
    {
        for (int at = 0; at < samples.Length; )
        {
            for (int signal = 0; signal < levels.Length; signal++)
            {
                for (int i = segment.Signals[file.Signals[signal]].SamplesPerFrame; i > 0; i--, at++)
                {
                    levels[signal] = unchecked(levels[signal] + samples[at]);
                    samples[at] = levels[signal];
                }
            }
        }
    }
}
