using Dendrite.Signals.Edf;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Import;

/// <summary>Turns the header of a file into the descriptor of a stream.</summary>
internal static class EdfDescriptor
{
    /// <summary>Of the contract; file names may be longer.</summary>
    private const int MaxTitleLength = 200;

    public static SignalStream Of(EdfSource source, EdfRateGroup group, Timestamp start)
    {
        var stream = Common(source, start, ExactRate.Of(group));
        stream.ExpectedSampleCount = source.Recording.SampleCount(group);
        stream.Channels.Add(group.Signals.Select(Channel));
        return stream;
    }

    /// <summary>
    /// The stream of a file without signals, such as a hypnogram: a stream has at least one channel, so it gets one
    /// that never has a sample.
    /// </summary>
    public static SignalStream ForAnnotations(EdfSource source, DateTimeOffset start)
    {
        var stream = Common(source, Timestamp.FromDateTimeOffset(start), new SampleRate { Samples = 1, Seconds = 1 });
        stream.ExpectedSampleCount = 0;
        stream.Channels.Add(new SignalChannel { Label = "annotations", SampleType = SampleType.Int16 });
        return stream;
    }

    private static SignalStream Common(EdfSource source, Timestamp start, SampleRate rate) =>
        new()
        {
            DisplayName = Title(source.Path),
            StartTime = start,
            NominalRate = rate,
            Labels = { [ImportPlan.SourceLabel] = source.Sha256 },
            Metadata = new Struct { Fields = { ["edf"] = Metadata(source) } },
        };

    private static string Title(string path)
    {
        string name = EdfText.Clean(Path.GetFileName(path));
        return name[..Math.Min(name.Length, MaxTitleLength)];
    }

    private static SignalChannel Channel(EdfSignal signal) =>
        new()
        {
            Label = EdfText.Clean(signal.Label),
            Unit = EdfText.Clean(signal.Unit),
            SampleType = SampleType.Int16,
            Scale = signal.Calibration.Scale,
            Offset = signal.Calibration.Offset,
            PhysicalMinimum = signal.Calibration.PhysicalMin,
            PhysicalMaximum = signal.Calibration.PhysicalMax,
            DigitalMinimum = signal.Calibration.DigitalMin,
            DigitalMaximum = signal.Calibration.DigitalMax,
            Transducer = EdfText.Clean(signal.Transducer),
            Prefilter = EdfText.Clean(signal.Prefilter),
        };

    /// <summary>What the header says beyond the descriptor's own fields, so that an export can give it back.</summary>
    private static Value Metadata(EdfSource source)
    {
        var header = source.Recording.Header;
        return Value.ForStruct(
            new Struct
            {
                Fields =
                {
                    ["variant"] = Value.ForString(header.Variant.ToString()),
                    ["patient"] = Value.ForString(EdfText.Clean(header.Patient)),
                    ["recording"] = Value.ForString(EdfText.Clean(header.Recording)),
                    ["startTime"] = header.StartTime is { } start
                        ? Value.ForString($"{start:yyyy-MM-ddTHH:mm:ss}")
                        : Value.ForNull(),
                    ["recordDurationSeconds"] = Value.ForString($"{header.RecordDurationSeconds}"),
                    ["recordCount"] = Value.ForNumber(source.Recording.RecordCount),
                    ["file"] = Value.ForString(EdfText.Clean(Path.GetFileName(source.Path))),
                    ["warnings"] = Value.ForList([
                        .. source.Recording.Warnings.Select(warning => Value.ForString(warning.ToString())),
                    ]),
                },
            }
        );
    }
}
