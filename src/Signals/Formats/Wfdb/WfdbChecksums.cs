namespace Dendrite.Signals.Formats.Wfdb;

/// <summary>Reads a record once and compares each signal's sum with the one that its header states.</summary>
internal static class WfdbChecksums
{
    public static async Task VerifyAsync(
        WfdbSegment segment,
        string header,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        foreach (var file in segment.SignalFiles)
        {
            short[] sums = new short[file.Signals.Count];
            var frames = new WfdbFrames(segment, file).ReadAsync(0, segment.FrameCount, cancellationToken);
            await foreach (var run in frames)
            {
                Add(segment, file, run.Span, sums);
            }
            for (int i = 0; i < sums.Length; i++)
            {
                var signal = segment.Signals[file.Signals[i]];
                if (signal.Checksum is { } stated && stated != sums[i])
                {
                    warnings.Add(
                        RecordingWarningKind.ChecksumMismatch,
                        signal.File.Name,
                        signal.File.Offset,
                        $"The header states the sum {stated}, the samples in {file.Name} have {sums[i]}.",
                        header
                    );
                }
            }
        }
    }

    private static void Add(WfdbSegment segment, WfdbFile file, ReadOnlySpan<int> samples, short[] sums)
    {
        for (int at = 0; at < samples.Length; )
        {
            for (int signal = 0; signal < sums.Length; signal++)
            {
                for (int i = segment.Signals[file.Signals[signal]].SamplesPerFrame; i > 0; i--, at++)
                {
                    sums[signal] = unchecked((short)(sums[signal] + samples[at]));
                }
            }
        }
    }
}
