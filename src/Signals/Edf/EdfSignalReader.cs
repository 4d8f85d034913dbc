using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Edf;

/// <summary>Reads the signal headers, which are stored field by field: all labels, then all transducers, ...</summary>
internal sealed class EdfSignalReader(byte[] bytes, int count, EdfSampleWidth width, RecordingWarnings warnings)
{
    public const int SamplesPerRecord = 8;

    private const int Label = 0;
    private const int Transducer = 1;
    private const int Unit = 2;
    private const int PhysicalMin = 3;
    private const int PhysicalMax = 4;
    private const int DigitalMin = 5;
    private const int DigitalMax = 6;
    private const int Prefilter = 7;

    public EdfSampleWidth Width => width;

    public static long OffsetOf(int field, int signal, int signalCount)
    {
        long offset = EdfLayout.MainHeaderBytes;
        for (int i = 0; i < field; i++)
        {
            offset += (long)EdfLayout.Signal[i].Width * signalCount;
        }
        return offset + ((long)EdfLayout.Signal[field].Width * signal);
    }

    public IReadOnlyList<EdfSignal> ReadAll()
    {
        var names = new EdfLabels();
        var signals = new List<EdfSignal>(count);
        long offset = 0;
        for (int i = 0; i < count; i++)
        {
            var signal = Read(i, offset, names);
            offset += signal.RecordBytes;
            signals.Add(signal);
        }
        return signals;
    }

    private EdfSignal Read(int index, long offset, EdfLabels names)
    {
        var label = Field(Label, index);
        string original = label.ReadText();
        bool annotations = original == EdfSampleWidth.Edf.AnnotationLabel() || original == width.AnnotationLabel();
        var samples = Field(SamplesPerRecord, index);
        int samplesPerRecord = (int)samples.ReadInteger(0, int.MaxValue);
        if (samplesPerRecord == 0)
        {
            samples.Warn(
                RecordingWarningKind.SignalWithoutSamples,
                "0 samples in each record; the signal is left out."
            );
        }
        var calibration = annotations ? EdfCalibration.IdentityOf(width) : ReadCalibration(index);
        return new EdfSignal
        {
            Index = index,
            // Annotation signals share one label by definition.
            Label = annotations ? original : names.MakeUnique(label, original, index),
            OriginalLabel = original,
            Transducer = Field(Transducer, index).ReadText(),
            Unit = calibration is null ? "" : Field(Unit, index).ReadText(),
            Prefilter = Field(Prefilter, index).ReadText(),
            Calibration = calibration ?? EdfCalibration.IdentityOf(width),
            Width = width,
            SamplesPerRecord = samplesPerRecord,
            OffsetInRecord = offset,
            IsAnnotations = annotations,
        };
    }

    /// <summary>The signal's line, or null when its ranges define none.</summary>
    private EdfCalibration? ReadCalibration(int index)
    {
        var physicalMax = Field(PhysicalMax, index);
        var digitalMin = Field(DigitalMin, index);
        var digitalMax = Field(DigitalMax, index);
        var calibration = new EdfCalibration(
            Field(PhysicalMin, index).ReadDouble(),
            physicalMax.ReadDouble(),
            (int)digitalMin.ReadInteger(width.Min(), width.Max()),
            // One more is a slip of the pen for the end of the range: the line through it is still the one that was
            // meant.
            (int)digitalMax.ReadInteger(width.Min(), width.Max() + 1)
        );
        if (calibration.DigitalMin == calibration.DigitalMax)
        {
            return Uncalibrated(digitalMax, "The digital minimum and maximum are equal");
        }
        if (calibration.PhysicalMin.Equals(calibration.PhysicalMax))
        {
            return Uncalibrated(physicalMax, "The physical minimum and maximum are equal");
        }
        if (!calibration.IsFinite(width))
        {
            throw physicalMax.Refuse("The physical range is too wide to compute with. Correct the header.");
        }
        if (calibration.DigitalMax > width.Max())
        {
            digitalMax.Warn(
                RecordingWarningKind.DigitalRangeOffByOne,
                $"{calibration.DigitalMax}, one above what {8 * (int)width} bits hold; used as it stands."
            );
        }
        if (calibration.DigitalMin > calibration.DigitalMax)
        {
            digitalMin.Warn(
                RecordingWarningKind.DigitalRangeInverted,
                "Above the digital maximum; the line through the two points is used as it stands."
            );
        }
        return calibration;
    }

    private static EdfCalibration? Uncalibrated(in EdfField field, string problem)
    {
        field.Warn(
            RecordingWarningKind.Uncalibrated,
            $"{problem} ({field.Text}), which defines no scale: the samples are kept as digital values, without a unit."
        );
        return null;
    }

    private EdfField Field(int field, int signal)
    {
        long offset = OffsetOf(field, signal, count);
        var (name, width) = EdfLayout.Signal[field];
        var value = bytes.AsSpan((int)(offset - EdfLayout.MainHeaderBytes), width);
        return new($"signal {signal}: {name}", offset, value, warnings);
    }
}
