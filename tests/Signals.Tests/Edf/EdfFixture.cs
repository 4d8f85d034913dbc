using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Tests.Edf;

/// <summary>
/// Small files made here, so that every rule is tested on machines without the shared recordings too.
/// </summary>
internal static partial class EdfFixture
{
    public const int Records = 10;
    public const int SignalCount = 3;

    private static readonly DateTime Start = new(2024, 2, 29, 23, 59, 58, DateTimeKind.Unspecified);

    public static short Sample(int signal, long index) => (short)((signal * 1000) + (index * 7 % 251) - 125);

    /// <summary>Three signals of 8, 8 and 2 samples a record of one second, as the options say.</summary>
    public static async Task<byte[]> WriteAsync(
        EdfVariant variant = EdfVariant.Edf,
        Func<int, decimal>? onsets = null,
        Func<int, EdfAnnotation[]>? annotations = null,
        Func<EdfHeader, EdfHeader>? change = null
    )
    {
        var header = new EdfHeader
        {
            Variant = variant,
            Patient = "X X X X",
            Recording = variant == EdfVariant.Edf ? "bench" : "Startdate 29-FEB-2024 X X X",
            StartTime = Start,
            RecordCount = Records,
            RecordDurationSeconds = 1,
            Signals = [Signal(0, "Fp1", 8), Signal(1, "Fp2", 8), Signal(2, "Resp", 2)],
        };
        header = EdfWriter.Lay(change?.Invoke(header) ?? header, variant == EdfVariant.Edf ? 0 : 96);
        using var stream = new MemoryStream();
        var writer = await EdfWriter.CreateAsync(stream, header, CancellationToken.None);
        for (int record = 0; record < Records; record++)
        {
            var samples = header
                .Signals.Where(signal => !signal.IsAnnotations)
                .Select(signal => RecordOf(signal, record))
                .ToList();
            await writer.WriteRecordAsync(
                samples,
                annotations?.Invoke(record) ?? [],
                onsets?.Invoke(record),
                CancellationToken.None
            );
        }
        return stream.ToArray();
    }

    /// <summary>Uses all 24 bits.</summary>
    public static int Sample24(int signal, long index) => (Sample(signal, index) * 257) - 90_000;

    /// <summary>As <see cref="WriteAsync"/>, a BDF file.</summary>
    public static async Task<byte[]> WriteBdfAsync(EdfVariant variant, Func<int, EdfAnnotation[]> annotations)
    {
        var header = new EdfHeader
        {
            Variant = variant,
            Width = EdfSampleWidth.Bdf,
            StartTime = Start,
            RecordCount = Records,
            RecordDurationSeconds = 1,
            Signals = [Signal24(0, "Fp1", 8), Signal24(1, "Fp2", 8), Signal24(2, "Resp", 2)],
        };
        header = EdfWriter.Lay(header, variant == EdfVariant.Edf ? 0 : 96);
        using var stream = new MemoryStream();
        var writer = await EdfWriter.CreateAsync(stream, header, CancellationToken.None);
        for (int record = 0; record < Records; record++)
        {
            var samples = header
                .Signals.Where(signal => !signal.IsAnnotations)
                .Select(signal => Bytes24(signal, record));
            await writer.WriteRecordAsync([.. samples], annotations(record), null, CancellationToken.None);
        }
        return stream.ToArray();
    }

    private static EdfSignal Signal24(int index, string label, int samplesPerRecord) =>
        Signal(index, label, samplesPerRecord) with
        {
            Calibration = new(-262144, 262143, -8388608, 8388607),
        };

    private static ReadOnlyMemory<byte> Bytes24(EdfSignal signal, int record)
    {
        long first = (long)record * signal.SamplesPerRecord;
        var values = Enumerable.Range(0, signal.SamplesPerRecord).Select(i => Sample24(signal.Index, first + i));
        return values.SelectMany(value => BitConverter.GetBytes(value)[..3]).ToArray();
    }

    public static Task<EdfRecording> ScanAsync(byte[] file) =>
        EdfRecording.ScanAsync(new MemoryStream(file), CancellationToken.None);

    private static EdfSignal Signal(int index, string label, int samplesPerRecord) =>
        new()
        {
            Index = index,
            Label = label,
            OriginalLabel = label,
            Unit = "uV",
            Calibration = new(-100, 100, -2048, 2047),
            SamplesPerRecord = samplesPerRecord,
        };

    private static ReadOnlyMemory<short> RecordOf(EdfSignal signal, int record)
    {
        long first = (long)record * signal.SamplesPerRecord;
        return Enumerable.Range(0, signal.SamplesPerRecord).Select(i => Sample(signal.Index, first + i)).ToArray();
    }
}
