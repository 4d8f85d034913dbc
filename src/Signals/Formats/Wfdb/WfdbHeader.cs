using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.Wfdb;

/// <summary>One signal as its line in a header describes it.</summary>
internal sealed record WfdbSignal
{
    /// <summary>Name of the file that holds it; <c>~</c> for none.</summary>
    public required FieldText File { get; init; }

    /// <summary>0 where there are no samples.</summary>
    public required int Format { get; init; }

    public bool HasSamples => Format != 0 && File.Text != "~";

    public int SamplesPerFrame { get; init; } = 1;

    /// <summary>Frames by which it lags behind the others.</summary>
    public int Skew { get; init; }

    /// <summary>Where samples begin in the file.</summary>
    public long ByteOffset { get; init; }

    /// <summary>Steps for one physical unit; not 0.</summary>
    public double Gain { get; init; } = DefaultGain;

    /// <summary>The sample that means 0.</summary>
    public int Baseline { get; init; }

    public string Unit { get; init; } = "mV";

    public int AdcResolution { get; init; }

    public int AdcZero { get; init; }

    /// <summary>What the first difference of format 8 is from.</summary>
    public int InitialValue { get; init; }

    /// <summary>The lower 16 bits of the sum of all samples; null where the header does not say.</summary>
    public short? Checksum { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Of signals that were not calibrated.</summary>
    public const double DefaultGain = 200;

    /// <summary>Whether samples of both mean the same values.</summary>
    public bool IsCalibratedAs(WfdbSignal other) =>
        (Gain, Baseline, Unit, SamplesPerFrame) == (other.Gain, other.Baseline, other.Unit, other.SamplesPerFrame);
}

/// <summary>A part of a record: another record, or a pause.</summary>
/// <param name="Name">Its record's name; <c>~</c> for a pause.</param>
/// <param name="Frames">Its length; 0 for the one that only lists the signals.</param>
internal sealed record WfdbSegmentEntry(FieldText Name, long Frames)
{
    public bool IsPause => Name.Text == "~";
}

/// <summary>A header (<c>.hea</c>), checked.</summary>
internal sealed record WfdbHeader
{
    public required string Record { get; init; }

    /// <summary>Frames a second.</summary>
    public required RecordedRate FrameRate { get; init; }

    /// <summary>Null where the header does not say.</summary>
    public long? FrameCount { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public IReadOnlyList<WfdbSignal> Signals { get; init; } = [];

    /// <summary>Empty for a record of one piece.</summary>
    public IReadOnlyList<WfdbSegmentEntry> Segments { get; init; } = [];

    public IReadOnlyList<string> Comments { get; init; } = [];

    /// <summary>Its first line, for messages.</summary>
    public required FieldText RecordLine { get; init; }
}
