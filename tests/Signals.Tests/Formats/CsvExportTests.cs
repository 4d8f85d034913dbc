using System.Runtime.InteropServices;
using System.Text;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats;
using Dendrite.Signals.Formats.Csv;

namespace Dendrite.Signals.Tests.Formats;

public sealed class CsvExportTests
{
    [Fact]
    public async Task Cells_are_quoted_values_are_shortest_and_what_is_missing_is_empty()
    {
        RecordedChannel[] channels =
        [
            new("a, \"b\"", SampleType.Float32) { Unit = "mV", Scale = 2 },
            new("c", SampleType.Float32),
        ];
        float[] values = [0.1f, float.NaN, -1e-9f, 3];
        var first = new SamplePiece(0, 2) { Groups = [MemoryMarshal.AsBytes(values.AsSpan()).ToArray()] };
        var gap = new SamplePiece(2, 3) { Gap = RecordedGapCause.Paused };
        var partial = first with
        {
            FirstSample = 5,
            MissingChannels = new HashSet<string> { "c" },
        };
        var recording = MadeRecording.Of(new(4, 1), channels, [], first, gap, partial);

        Assert.Equal(
            "sample,time,\"a, \"\"b\"\"\",c\r\n"
                + "10,2026-03-14T09:26:53.000000000Z,0.1,-1E-09\r\n"
                + "11,2026-03-14T09:26:53.250000000Z,NaN,3\r\n"
                + "15,2026-03-14T09:26:54.250000000Z,0.1,\r\n"
                + "16,2026-03-14T09:26:54.500000000Z,NaN,\r\n",
            await WriteAsync(recording, new() { Digital = true, FirstSample = 10 })
        );
        Assert.StartsWith(
            "sample,time,\"a, \"\"b\"\" [mV]\",c\r\n0,2026-03-14T09:26:53.000000000Z,0.20000000298023224,",
            await WriteAsync(recording, new()),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Between_two_anchors_time_runs_evenly_and_behind_the_last_at_the_nominal_rate()
    {
        byte[] samples = new byte[12];
        var piece = new SamplePiece(0, 6) { Groups = [samples], Anchors = [new(1, 1), new(4, 2.5m)] };
        var recording = MadeRecording.Of(new(4, 1), [new("c", SampleType.Int16)], [], piece);

        string[] lines = (await WriteAsync(recording, new())).Split("\r\n");

        Assert.Equal(
            ["53.000000000", "54.000000000", "54.500000000", "55.000000000", "55.500000000", "55.750000000"],
            lines[1..7].Select(line => line.Split(':', 'Z')[2])
        );
    }

    private static async Task<string> WriteAsync(RecordingReader recording, CsvExportOptions options)
    {
        using var target = new MemoryStream();
        await new CsvExport(recording, 0, options).WriteAsync(target, null, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(target.ToArray());
    }
}
