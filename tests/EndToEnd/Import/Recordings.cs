using System.Globalization;
using System.Text;
using Dendrite.Signals.Edf;
using Dendrite.Signals.Synthetic;
using Dendrite.Signals.Tests.Formats.BrainVision;
using Dendrite.Signals.Tests.Formats.Wfdb;
using Dendrite.Signals.Tests.Formats.Xdf;

namespace Dendrite.EndToEnd.Import;

/// <summary>A folder with a recording of each format, in folders of their own and as bad as real ones are.</summary>
internal sealed class Recordings : IDisposable
{
    /// <summary>Recordings in it; the segments of one are none.</summary>
    public const int Count = 9;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-import-");

    public string Root => folder.FullName;

    public static async Task<Recordings> MakeAsync()
    {
        var recordings = new Recordings();
        var options = new SyntheticEegOptions { ChannelCount = 4, SampleRateHz = 256 };
        await using (var edf = recordings.Create("edf/night.edf"))
        {
            await SyntheticRecording.WriteEdfAsync(edf, options, 12, TestContext.Current.CancellationToken);
        }
        await using (var bdf = recordings.Create("bdf/night.bdf"))
        {
            await WriteBdfAsync(bdf);
        }
        recordings.Write("brainvision/binary", BrainVisionFixture.Make("IEEE_FLOAT_32", vectorized: true));
        recordings.Write("brainvision/text", BrainVisionFixture.Make("ASCII"));
        recordings.Write("wfdb/packed", WfdbFixture.Make(310, WfdbFixture.Values(3, 5000, 511, false)));
        recordings.Write("wfdb/segments", WfdbFixture.Segments(secondGain: 100));
        recordings.Write("xdf", ("lab.xdf", Xdf()));
        recordings.Write("openbci", ("session.txt", Encoding.ASCII.GetBytes(OpenBci())));
        recordings.Write(
            "spikeglx",
            ("run.ap.meta", Encoding.ASCII.GetBytes(SpikeGlx)),
            ("run.ap.bin", Ramp(2 * 3000))
        );
        recordings.Write(".", ("notes.txt", "No recording, and not taken for one."u8.ToArray()));
        return recordings;
    }

    public void Write(string place, params (string Name, byte[] Content)[] files)
    {
        foreach (var (name, content) in files)
        {
            using var file = Create($"{place}/{name}");
            file.Write(content);
        }
    }

    public void Dispose() => folder.Delete(recursive: true);

    private FileStream Create(string place)
    {
        string path = Path.Combine(Root, place);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return File.Create(path);
    }

    /// <summary>Discontinuous, with a Status signal.</summary>
    private static async Task WriteBdfAsync(Stream stream)
    {
        EdfSignal Signal(string label) =>
            new()
            {
                Index = 0,
                Label = label,
                OriginalLabel = label,
                Unit = "uV",
                Calibration = new(-262144, 262143, -8388608, 8388607),
                SamplesPerRecord = 100,
            };
        var header = new EdfHeader
        {
            Variant = EdfVariant.EdfPlusDiscontinuous,
            Width = EdfSampleWidth.Bdf,
            RecordCount = 6,
            RecordDurationSeconds = 0.5m,
            Signals = [Signal("Fp1"), Signal("Status")],
        };
        var writer = await EdfWriter.CreateAsync(stream, EdfWriter.Lay(header, 60), CancellationToken.None);
        for (int record = 0; record < 6; record++)
        {
            byte[] signal =
            [
                .. Enumerable.Range(0, 100).SelectMany(i => BitConverter.GetBytes((i * 70_000) - record)[..3]),
            ];
            byte[] status = [.. Enumerable.Range(0, 100).SelectMany(i => BitConverter.GetBytes(i == 7 ? 3 : 0)[..3])];
            decimal onset = record < 3 ? record * 0.5m : 60 + (record * 0.5m);
            await writer.WriteRecordAsync([signal, status], [], onset, CancellationToken.None);
        }
    }

    /// <summary>
    /// Regular, irregular, text and wide integers; chunks that come early, and time stamps out of order.
    /// </summary>
    private static byte[] Xdf()
    {
        var writer = new XdfWriter()
            .Header(1, "amp", "float32", 1, 10)
            .Header(2, "gaze", "double64", 1, 0)
            .Header(3, "events", "string", 1, 0)
            .Header(4, "clock", "int64", 1, 0)
            .Header(5, "chunks", "int16", 1, 100)
            .Header(6, "late", "int16", 1, 0);
        for (int i = 0; i < 50; i++)
        {
            writer
                .Samples(1, (100 + (i / 10.0), BitConverter.GetBytes(i / 3f)))
                .Samples(2, (100.05 + (i * i / 500.0), BitConverter.GetBytes(Math.Sqrt(i))))
                .Samples(3, (100.5 + i, XdfWriter.Text($"marker {i}")))
                .Samples(4, (101 + i, BitConverter.GetBytes((1L << 62) + i)))
                .Samples(
                    5,
                    (101 + (i * 0.04) - (i % 3 * 0.015), [1, 0]),
                    (null, [2, 0]),
                    (null, [3, 0]),
                    (null, [4, 0])
                )
                .Samples(6, (101 + i - (i % 3 * 1.5), [1, 0]))
                .ClockOffset(1, 100 + i, 0.25)
                .ClockOffset(2, 100 + i, -0.5);
        }
        return writer.Footer(1, 50).Footer(2, 50).Footer(3, 50).Footer(4, 50).Footer(5, 200).Footer(6, 50).File;
    }

    private static string OpenBci()
    {
        // 300 to 309 are lost.
        var rows = Enumerable
            .Range(0, 1000)
            .Where(i => i is < 300 or >= 310)
            .Select(i =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{i % 256}, {i / 8.0}, {-i / 4.0}, 0.1, 0.2, 0.3, 12:00:00.000, {1557936053329 + (i * 4)}\n"
                )
            );
        return "%OpenBCI Raw EEG Data\n%Number of channels = 2\n%Sample Rate = 250.0 Hz\n" + string.Concat(rows);
    }

    private const string SpikeGlx = """
        typeThis=imec
        imSampRate=30000
        nSavedChans=2
        snsApLfSy=1,0,1
        acqApLfSy=1,1,1
        snsSaveChanSubset=0,2
        imAiRangeMax=0.6
        """;

    private static byte[] Ramp(int count) =>
        [.. Enumerable.Range(0, count).SelectMany(i => BitConverter.GetBytes((short)i))];
}
