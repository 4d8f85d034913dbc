using System.Buffers.Binary;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>Turns stored samples of one channel into those of a file: as they are, or refused, or scaled.</summary>
internal sealed class SampleConversion
{
    private readonly RecordedChannel channel;
    private readonly EdfSampleWidth width;
    private readonly EdfCalibration? scale;
    private readonly int fill;

    /// <param name="channel">Whose samples they are.</param>
    /// <param name="width">Of a sample in the file.</param>
    /// <param name="calibration">The line that the file states.</param>
    /// <param name="scaled">Samples are rounded to that line, instead of being kept as they are.</param>
    public SampleConversion(RecordedChannel channel, EdfSampleWidth width, EdfCalibration calibration, bool scaled)
    {
        this.channel = channel;
        this.width = width;
        scale = scaled ? calibration : null;
        var (low, high) = (calibration.DigitalMin, calibration.DigitalMax);
        fill = Math.Clamp(0, Math.Min(low, high), Math.Min(width.Max(), Math.Max(low, high)));
        SourceBytes = channel.SampleType.SizeBytes();
        TargetBytes = (int)width;
    }

    /// <summary>Samples are rounded, instead of being kept bit for bit.</summary>
    public bool IsScaled => scale is not null;

    public int SourceBytes { get; }

    public int TargetBytes { get; }

    /// <summary>Converts consecutive samples.</summary>
    /// <param name="source">Stored samples.</param>
    /// <param name="target">Room for as many samples of the file.</param>
    /// <param name="firstSample">Index of the first, for messages.</param>
    /// <exception cref="ExportRefusedException">The file cannot hold one of them.</exception>
    public void Convert(ReadOnlySpan<byte> source, Span<byte> target, long firstSample)
    {
        if (scale is null && SourceBytes == TargetBytes)
        {
            source.CopyTo(target);
            return;
        }
        for (int i = 0; i * SourceBytes < source.Length; i++)
        {
            var sample = source[(i * SourceBytes)..];
            Write(
                target[(i * TargetBytes)..],
                scale is null ? Keep(sample, firstSample + i) : Round(sample, firstSample + i)
            );
        }
    }

    /// <summary>What stands for missing samples: digital 0, or the end of the range that is nearest to it.</summary>
    public void Fill(Span<byte> target)
    {
        for (int at = 0; at < target.Length; at += TargetBytes)
        {
            Write(target[at..], fill);
        }
    }

    private int Keep(ReadOnlySpan<byte> sample, long index)
    {
        int value = StoredNumber.ReadInteger(channel.SampleType, sample);
        return value >= width.Min() && value <= width.Max()
            ? value
            : throw new ExportRefusedException(
                $"channel '{channel.Label}': sample {index}",
                $"{value} has more than the {8 * TargetBytes} bits of a sample in {width.Name()}. "
                    + $"{(width == EdfSampleWidth.Edf ? "Choose BDF, or round" : "Round")} to what fits with --scale."
            );
    }

    private int Round(ReadOnlySpan<byte> sample, long index)
    {
        double physical = channel.ToPhysical(StoredNumber.Read(channel.SampleType, sample));
        if (!double.IsFinite(physical))
        {
            throw new ExportRefusedException(
                $"channel '{channel.Label}': sample {index}",
                $"{physical}, which {width.Name()} has no value for. Choose CSV or raw, or another range."
            );
        }
        var line = scale!.Value;
        double digital =
            (
                (physical - line.PhysicalMin)
                * ((double)line.DigitalMax - line.DigitalMin)
                / (line.PhysicalMax - line.PhysicalMin)
            ) + line.DigitalMin;
        return (int)Math.Clamp(Math.Round(digital), line.DigitalMin, line.DigitalMax);
    }

    private void Write(Span<byte> target, int value)
    {
        BinaryPrimitives.WriteInt16LittleEndian(target, (short)value);
        if (TargetBytes == 3)
        {
            target[2] = (byte)(value >> 16);
        }
    }
}
