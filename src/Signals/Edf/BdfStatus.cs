using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Edf;

/// <summary>A trigger of a BioSemi recording.</summary>
/// <param name="Sample">Index of the first sample of the Status signal that has the code.</param>
/// <param name="Code">1 to 65,535.</param>
public sealed record BdfTrigger(long Sample, int Code);

/// <summary>
/// Finds triggers in the Status signal of a BDF file, as BioSemi lays it out: the lower 16 of its 24 bits are the
/// trigger inputs, the upper 8 tell of the amplifier (new epoch, speed mode, CMS in range, battery). A trigger is a
/// change of the inputs to another code than 0; the code at the first sample is the resting state and none. The samples
/// themselves are kept whole, so nothing is lost by this.
/// </summary>
internal sealed class BdfStatus(EdfSignal signal, RecordingWarnings warnings)
{
    private const string Label = "Status";
    private const int MaxTriggers = 1_000_000;

    private readonly List<BdfTrigger> triggers = [];
    private int last = -1;

    public IReadOnlyList<BdfTrigger> Triggers => triggers;

    /// <summary>For the Status signal of a file; null where it has none.</summary>
    public static BdfStatus? Of(EdfHeader header, RecordingWarnings warnings) =>
        header.Width == EdfSampleWidth.Bdf
        && header.Signals.FirstOrDefault(IsStatus) is { SamplesPerRecord: > 0 } status
            ? new(status, warnings)
            : null;

    /// <summary>By its label; only in a BDF file are its samples what is said above.</summary>
    public static bool IsStatus(EdfSignal signal) =>
        string.Equals(signal.OriginalLabel, Label, StringComparison.OrdinalIgnoreCase);

    public void Add(EdfRecord record)
    {
        var samples = record.Bytes(signal);
        long first = record.Index * signal.SamplesPerRecord;
        for (int i = 0; i < signal.SamplesPerRecord; i++)
        {
            int code = samples[3 * i] | (samples[(3 * i) + 1] << 8);
            if (code != last && last >= 0 && code != 0)
            {
                Keep(new(first + i, code), record.Offset + signal.OffsetInRecord + (3 * i));
            }
            last = code;
        }
    }

    private void Keep(BdfTrigger trigger, long offset)
    {
        if (triggers.Count < MaxTriggers)
        {
            triggers.Add(trigger);
            return;
        }
        warnings.Add(
            RecordingWarningKind.AnnotationsTooMany,
            $"signal {signal.Index}: triggers",
            offset,
            $"Trigger {trigger.Code} comes after {MaxTriggers} others; not made an annotation, its sample is kept."
        );
    }
}
