using System.Text;

namespace Dendrite.Signals.Tests.Formats.Wfdb;

/// <summary>Small records made here, in every packing.</summary>
internal static class WfdbFixture
{
    /// <summary>Values of each channel, both ends of the range among them.</summary>
    public static int[][] Values(int channels, int frames, int largest, bool small) =>
        [
            .. Enumerable
                .Range(0, channels)
                .Select(channel =>
                    Enumerable
                        .Range(0, frames)
                        .Select(i => small ? (i % 90) + channel : Spread((i * 31) + channel, largest))
                        .ToArray()
                ),
        ];

    /// <summary>A header with checksums, and its signal file.</summary>
    public static (string Name, byte[] Content)[] Make(int format, int[][] values)
    {
        var header = new StringBuilder($"rec {values.Length} 250 {values[0].Length}\n");
        for (int channel = 0; channel < values.Length; channel++)
        {
            short sum = unchecked((short)values[channel].Sum(v => (long)v));
            header.Append($"rec.dat {format} 100/mV 16 0 {values[channel][0]} {sum} 0 lead {channel}\n");
        }
        int[] mixed = [.. Enumerable.Range(0, values[0].Length).SelectMany(i => values.Select(channel => channel[i]))];
        byte[] data = format == 8 ? Differences(values) : Pack(format, mixed);
        return [("rec.hea", Encoding.ASCII.GetBytes(header.ToString())), ("rec.dat", data)];
    }

    /// <summary>Three samples, a pause of four, two samples of one of the two signals.</summary>
    public static (string Name, byte[] Content)[] Segments(int secondGain)
    {
        byte[] Lines(params string[] lines) => Encoding.ASCII.GetBytes(string.Join('\n', lines));
        return
        [
            ("all.hea", Lines("all/4 2 250 9", "layout 0", "s1 3", "~ 4", "s2 2")),
            ("layout.hea", Lines("layout 2 250 0", "~ 0 100 16 0 0 0 0 I", "~ 0 100 16 0 0 0 0 II")),
            ("s1.hea", Lines("s1 2 250 3", "s1.dat 16 100 16 0 0 0 0 II", "s1.dat 16 100 16 0 0 6 0 I")),
            ("s1.dat", Pack(16, [10, 1, 20, 2, 30, 3])),
            ("s2.hea", Lines("s2 1 250 2", $"s2.dat 16 {secondGain} 16 0 4 9 0 I")),
            ("s2.dat", Pack(16, [4, 5])),
        ];
    }

    /// <summary>Two segments of two signals: 1 and 10, 2 and 20; then 3 and 30, 4 and 40.</summary>
    /// <param name="layout">Signals of a variable layout; null for a fixed one.</param>
    public static (string Name, byte[] Content)[] TwoSegments(string[]? layout, string[] first, string[] second)
    {
        byte[] Header(string name, string file, int frames, string[] signals) =>
            Encoding.ASCII.GetBytes(
                $"{name} {signals.Length} 250 {frames}\n"
                    + string.Concat(signals.Select(signal => $"{file} 16 100 16 0 0 0 0 {signal}\n"))
            );
        var segments = new (string, byte[])[]
        {
            ("s1.hea", Header("s1", "s1.dat", 2, first)),
            ("s1.dat", Pack(16, [1, 10, 2, 20])),
            ("s2.hea", Header("s2", "s2.dat", 2, second)),
            ("s2.dat", Pack(16, [3, 30, 4, 40])),
        };
        string lines = layout is null ? "all/2 2 250 4\n" : $"all/3 {layout.Length} 250 4\nlayout 0\n";
        (string, byte[]) all = ("all.hea", Encoding.ASCII.GetBytes($"{lines}s1 2\ns2 2\n"));
        return layout is null
            ? [all, .. segments]
            : [all, ("layout.hea", Header("layout", "~", 0, layout)), .. segments];
    }

    private static int Spread(int i, int largest) =>
        (i % 7) switch
        {
            0 => largest,
            1 => -largest,
            _ => (int)((long)largest * ((i % 1000) - 500) / 500),
        };

    /// <summary>The first difference is from the initial value, which is the first value itself.</summary>
    private static byte[] Differences(int[][] values) =>
        [
            .. Enumerable
                .Range(0, values[0].Length)
                .SelectMany(i => values.Select(channel => (byte)(sbyte)(i == 0 ? 0 : channel[i] - channel[i - 1]))),
        ];

    private static byte[] Pack(int format, int[] samples) =>
        format switch
        {
            16 => [.. samples.SelectMany(v => BitConverter.GetBytes((short)v))],
            24 => [.. samples.SelectMany(v => BitConverter.GetBytes(v)[..3])],
            32 => [.. samples.SelectMany(BitConverter.GetBytes)],
            61 => [.. samples.SelectMany(v => BitConverter.GetBytes((short)v).Reverse())],
            80 => [.. samples.Select(v => (byte)(v + 128))],
            160 => [.. samples.SelectMany(v => BitConverter.GetBytes((ushort)(v + 32768)))],
            212 => [.. samples.Chunk(2).SelectMany(Pack212)],
            310 => [.. samples.Chunk(3).SelectMany(Pack310)],
            _ => [.. samples.Chunk(3).SelectMany(Pack311)],
        };

    private static byte[] Pack212(int[] pair)
    {
        var (a, b) = (pair[0] & 0xFFF, pair.ElementAtOrDefault(1) & 0xFFF);
        byte[] packed = [(byte)a, (byte)((a >> 8) | ((b >> 8) << 4)), (byte)b];
        return pair.Length == 1 ? packed[..2] : packed;
    }

    private static byte[] Pack310(int[] three)
    {
        var (a, b, c) = (three[0] & 0x3FF, three.ElementAtOrDefault(1) & 0x3FF, three.ElementAtOrDefault(2) & 0x3FF);
        return
        [
            .. BitConverter.GetBytes((ushort)((a << 1) | ((c & 0x1F) << 11))),
            .. BitConverter.GetBytes((ushort)((b << 1) | ((c >> 5) << 11))),
        ];
    }

    private static byte[] Pack311(int[] three)
    {
        var (a, b, c) = (three[0] & 0x3FF, three.ElementAtOrDefault(1) & 0x3FF, three.ElementAtOrDefault(2) & 0x3FF);
        return BitConverter.GetBytes(a | (b << 10) | (c << 20));
    }
}
