namespace Dendrite.Signals.Formats;

/// <summary>
/// The cases in which a file departs from its format and is imported all the same; docs/formats.md says how.
/// </summary>
public enum RecordingWarningKind
{
    TextNotAscii,
    NulPadding,
    NumberNotInteger,
    StartTimeUnknown,
    StartDatesDiffer,
    DateSeparator,
    DateDigits,
    HeaderBytesWrong,
    RecordCountUnknown,
    RecordsMissing,
    PartialRecord,
    BytesAfterLastRecord,
    LabelDuplicate,
    LabelEmpty,
    Uncalibrated,
    DigitalRangeInverted,
    DigitalRangeOffByOne,
    SignalWithoutSamples,
    AnnotationsWithoutEdfPlus,
    AnnotationSignalMissing,
    TimekeepingMissing,
    NotContinuous,
    AnnotationMalformed,
    AnnotationNotUtf8,

    /// <summary>A file that belongs to the recording is not there, and the rest means something without it.</summary>
    CompanionMissing,

    /// <summary>A field is missing or unusable, and its meaning is plain or not needed.</summary>
    FieldIgnored,

    /// <summary>A line or entry of a text file that is not what the format has; left out.</summary>
    LineMalformed,

    /// <summary>More annotations than are kept; those that fit were.</summary>
    AnnotationsTooMany,

    /// <summary>The file ends inside its last piece; what is whole was kept.</summary>
    Truncated,

    /// <summary>Two fields say different things; the message says which one counts.</summary>
    FieldsDisagree,

    /// <summary>The sum of the samples is not the one that the header states.</summary>
    ChecksumMismatch,

    /// <summary>Samples are missing; the gap is recorded.</summary>
    SamplesLost,

    /// <summary>The device's clock was set, or another one counted on.</summary>
    ClockReset,

    /// <summary>Time stamps go back; instants stand still there.</summary>
    TimeGoesBack,

    /// <summary>A part of a kind that the reader does not know; left out.</summary>
    UnknownPart,

    /// <summary>Values that no sample type holds were stored as several channels.</summary>
    ChannelSplit,

    /// <summary>Not every time stamp was kept as an anchor.</summary>
    AnchorsThinned,
}

/// <summary>Something in a file that departs from the format and was put right or left out.</summary>
/// <param name="Kind">Which rule applied.</param>
/// <param name="Field">The field at fault, as in <see cref="RecordingFormatException.Field"/>.</param>
/// <param name="Offset">Where it is, in bytes from the start of the file.</param>
/// <param name="Message">What was found and what was done.</param>
public sealed record RecordingWarning(RecordingWarningKind Kind, string Field, long Offset, string Message)
{
    /// <summary>Name of the file where a recording has several; empty for the one that was named.</summary>
    public string File { get; init; } = "";

    public override string ToString() => $"{(File.Length > 0 ? $"{File}: " : "")}{Field} (byte {Offset}): {Message}";
}
