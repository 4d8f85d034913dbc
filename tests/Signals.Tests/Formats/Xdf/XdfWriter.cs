using System.Globalization;
using System.Text;

namespace Dendrite.Signals.Tests.Formats.Xdf;

/// <summary>Writes small XDF files, chunk by chunk, as the specification has them.</summary>
internal sealed class XdfWriter
{
    private readonly MemoryStream file = new();

    public XdfWriter(string? datetime = "2026-03-14T09:26:53+0100")
    {
        file.Write("XDF:"u8);
        string date = datetime is null ? "" : $"<datetime>{datetime}</datetime>";
        Chunk(1, Encoding.UTF8.GetBytes($"<?xml version=\"1.0\"?><info><version>1.0</version>{date}</info>"));
    }

    public byte[] File => file.ToArray();

    /// <summary>A chunk of any tag; the width of its length is 1, 4 or 8 bytes.</summary>
    public XdfWriter Chunk(int tag, byte[] content, int width = 4)
    {
        file.WriteByte((byte)width);
        file.Write(BitConverter.GetBytes((long)content.Length + 2).AsSpan(0, width));
        file.Write(BitConverter.GetBytes((ushort)tag));
        file.Write(content);
        return this;
    }

    public XdfWriter Header(int id, string name, string format, int channels, double rate, string desc = "") =>
        Chunk(
            2,
            [
                .. BitConverter.GetBytes(id),
                .. Encoding.UTF8.GetBytes(
                    $"<?xml version=\"1.0\"?><info><name>{name}</name><type>EEG</type>"
                        + $"<channel_count>{channels}</channel_count>"
                        + $"<nominal_srate>{rate.ToString(CultureInfo.InvariantCulture)}</nominal_srate>"
                        + $"<channel_format>{format}</channel_format><desc>{desc}</desc></info>"
                ),
            ]
        );

    /// <summary>Samples, each with a time stamp or null, and the bytes of its values.</summary>
    public XdfWriter Samples(int id, params (double? Stamp, byte[] Values)[] samples)
    {
        var content = new List<byte>([.. BitConverter.GetBytes(id), 4, .. BitConverter.GetBytes(samples.Length)]);
        foreach (var (stamp, values) in samples)
        {
            content.Add((byte)(stamp is null ? 0 : 8));
            content.AddRange(stamp is { } seconds ? BitConverter.GetBytes(seconds) : []);
            content.AddRange(values);
        }
        return Chunk(3, [.. content]);
    }

    public XdfWriter ClockOffset(int id, double seconds, double value) =>
        Chunk(4, [.. BitConverter.GetBytes(id), .. BitConverter.GetBytes(seconds), .. BitConverter.GetBytes(value)], 1);

    public XdfWriter Footer(int id, int count) =>
        Chunk(
            6,
            [
                .. BitConverter.GetBytes(id),
                .. Encoding.UTF8.GetBytes($"<info><sample_count>{count}</sample_count></info>"),
            ]
        );

    /// <summary>A text as the format has it: the width of its length, its length, its bytes.</summary>
    public static byte[] Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return [1, (byte)utf8.Length, .. utf8];
    }
}
