namespace Dendrite.Signals.Edf;

/// <summary>
/// The cases in which a file departs from the format and is imported all the same; docs/edf-import.md says how.
/// </summary>
public enum EdfWarningKind
{
    TextNotAscii,
    NulPadding,
    NumberNotInteger,
    StartTimeUnknown,
    StartDatesDiffer,
    DateSeparator,
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
}

/// <summary>Something in a file that departs from the format and was put right or left out.</summary>
/// <param name="Kind">Which rule applied.</param>
/// <param name="Field">The field at fault, as in <see cref="EdfFormatException.Field"/>.</param>
/// <param name="Offset">Where it is, in bytes from the start of the file.</param>
/// <param name="Message">What was found and what was done.</param>
public sealed record EdfWarning(EdfWarningKind Kind, string Field, long Offset, string Message)
{
    public override string ToString() => $"{Field} (byte {Offset}): {Message}";
}
