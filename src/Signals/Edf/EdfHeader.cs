namespace Dendrite.Signals.Edf;

/// <summary>The three layouts that share the EDF header; BDF has the same three.</summary>
public enum EdfVariant
{
    /// <summary>EDF of 1992: signals only, one after the other without gaps.</summary>
    Edf,

    /// <summary>EDF+C: with annotations; records follow each other without gaps.</summary>
    EdfPlusContinuous,

    /// <summary>EDF+D: with annotations; each record states its own onset.</summary>
    EdfPlusDiscontinuous,
}

/// <summary>The header of an EDF or EDF+ file, checked and calibrated.</summary>
public sealed record EdfHeader
{
    public required EdfVariant Variant { get; init; }

    /// <summary>EDF or BDF.</summary>
    public EdfSampleWidth Width { get; init; } = EdfSampleWidth.Edf;

    /// <summary>
    /// The local patient identification as it stands; <see cref="EdfPatient.Parse"/> reads its EDF+ subfields.
    /// </summary>
    public string Patient { get; init; } = "";

    /// <summary>The local recording identification as it stands.</summary>
    public string Recording { get; init; } = "";

    /// <summary>
    /// Start of the recording on the recorder's wall clock, to the second; the format has no time zone. Null when the
    /// file does not say. The fraction of a second, if any, is the onset of the first record.
    /// </summary>
    public DateTime? StartTime { get; init; }

    /// <summary>Data records as the header counts them; -1 while recording.</summary>
    public long RecordCount { get; init; } = -1;

    /// <summary>Seconds, exact. 0 only in files that hold nothing but annotations.</summary>
    public required decimal RecordDurationSeconds { get; init; }

    /// <summary>All signals in the order of the file, annotation signals among them.</summary>
    public required IReadOnlyList<EdfSignal> Signals { get; init; }

    /// <summary>Where the first data record begins, in bytes.</summary>
    public int HeaderBytes => 256 * (Signals.Count + 1);

    /// <summary>Bytes of one data record.</summary>
    public long RecordBytes => Signals.Sum(signal => signal.RecordBytes);

    public bool IsEdfPlus => Variant != EdfVariant.Edf;

    /// <summary>What the format is called: <c>EDF</c>, <c>BDF+C</c>.</summary>
    public string FormatName =>
        Width.Name()
        + Variant switch
        {
            EdfVariant.EdfPlusContinuous => "+C",
            EdfVariant.EdfPlusDiscontinuous => "+D",
            _ => "",
        };

    /// <summary>The signals with samples, grouped by rate, in the order of their first signal.</summary>
    public IReadOnlyList<EdfRateGroup> RateGroups =>
        [
            .. Signals
                .Where(signal => !signal.IsAnnotations && signal.SamplesPerRecord > 0)
                .GroupBy(signal => signal.SamplesPerRecord)
                .Select(group => new EdfRateGroup(group.Key, RecordDurationSeconds, [.. group])),
        ];
}

/// <summary>One signal of a file.</summary>
public sealed record EdfSignal
{
    /// <summary>Position in the file.</summary>
    public required int Index { get; init; }

    /// <summary>Unique in the file: a repeated label carries a number, <c>EEG F1 (2)</c>.</summary>
    public required string Label { get; init; }

    /// <summary>The label as it stands in the file.</summary>
    public required string OriginalLabel { get; init; }

    public string Transducer { get; init; } = "";

    /// <summary>Unit of the physical values, as it stands (<c>uV</c>).</summary>
    public string Unit { get; init; } = "";

    public string Prefilter { get; init; } = "";

    public required EdfCalibration Calibration { get; init; }

    /// <summary>Samples of this signal in each data record.</summary>
    public required int SamplesPerRecord { get; init; }

    /// <summary>Where the signal's samples begin in a data record, in bytes.</summary>
    public long OffsetInRecord { get; init; }

    /// <summary>Holds annotation lists (TALs), not samples.</summary>
    public bool IsAnnotations { get; init; }

    /// <summary>That of its file.</summary>
    public EdfSampleWidth Width { get; init; } = EdfSampleWidth.Edf;

    /// <summary>Bytes of this signal in each data record.</summary>
    public long RecordBytes => (long)SamplesPerRecord * (int)Width;
}

/// <summary>Signals of one file that share a rate, and so become one stream.</summary>
/// <param name="SamplesPerRecord">Samples of each signal in a record.</param>
/// <param name="RecordDurationSeconds">Seconds a record lasts.</param>
/// <param name="Signals">In the order of the file.</param>
public sealed record EdfRateGroup(int SamplesPerRecord, decimal RecordDurationSeconds, IReadOnlyList<EdfSignal> Signals)
{
    /// <summary>Samples a second of each signal; exact to 28 digits.</summary>
    public decimal RateHz => SamplesPerRecord / RecordDurationSeconds;
}
