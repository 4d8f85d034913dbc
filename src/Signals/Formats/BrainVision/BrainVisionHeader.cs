using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.BrainVision;

/// <summary>What a <c>.vhdr</c> says, checked; versions 1.0 and 2.0.</summary>
internal sealed record BrainVisionHeader
{
    private const int MaxChannels = 65_536;

    /// <summary><c>1.0</c>; empty where the first line does not say.</summary>
    public required string Version { get; init; }

    public required FieldText DataFile { get; init; }

    /// <summary>Empty where the recording has none.</summary>
    public required FieldText MarkerFile { get; init; }

    /// <summary>How the data file holds a sample; null when it is text.</summary>
    public required RawSample? Sample { get; init; }

    /// <summary>All of a channel in a row, not all of an instant.</summary>
    public required bool Vectorized { get; init; }

    /// <summary>Bytes of the data file before the first sample.</summary>
    public long DataOffset { get; private init; }

    /// <summary>Bytes of the data file behind the last sample.</summary>
    public long TrailerBytes { get; private init; }

    public required RecordedRate Rate { get; init; }

    /// <summary>Samples of each channel as the header counts them; null where it does not.</summary>
    public required long? DataPoints { get; init; }

    public required IReadOnlyList<RecordedChannel> Channels { get; init; }

    public required BrainVisionIni Ini { get; init; }

    public static BrainVisionHeader Parse(TextLines text, string mainName, RecordingWarnings warnings)
    {
        var ini = BrainVisionIni.Parse(text, "", warnings);
        var binary = ReadFormat(ini);
        CheckDataType(ini);
        if (binary is not null)
        {
            RefuseHeadersWithin(ini);
        }
        WarnAboutCodepage(ini, text, warnings);
        var points = ini.Find(BrainVisionIni.CommonInfos, "DataPoints");
        return new()
        {
            Version = text.Lines[0].Text.Split("Version", 2) is [_, var version] ? version.Trim() : "",
            DataFile = Named(ini.Get(BrainVisionIni.CommonInfos, "DataFile"), mainName),
            MarkerFile = Named(ini.Find(BrainVisionIni.CommonInfos, "MarkerFile"), mainName),
            Sample = binary,
            Vectorized = ReadOrientation(ini),
            DataOffset = binary is null ? 0 : ReadBytes(ini, "DataOffset"),
            TrailerBytes = binary is null ? 0 : ReadBytes(ini, "TrailerSize"),
            Rate = ReadRate(ini.Get(BrainVisionIni.CommonInfos, "SamplingInterval")),
            DataPoints = points.Text.Length > 0 ? points.ReadInteger(0, long.MaxValue) : null,
            Channels = ReadChannels(ini, binary?.Type ?? SampleType.Float64, warnings),
            Ini = ini,
        };
    }

    /// <summary>
    /// A name as the recorder's folder had it, without that folder; <c>$b</c> stands for the header's own.
    /// </summary>
    private static FieldText Named(FieldText field, string mainName)
    {
        string name = field.Text[(field.Text.LastIndexOfAny(['/', '\\']) + 1)..];
        return field with
        {
            Text = name.Replace("$b", Path.GetFileNameWithoutExtension(mainName), StringComparison.Ordinal),
        };
    }

    private static RawSample? ReadFormat(BrainVisionIni ini)
    {
        var format = ini.Find(BrainVisionIni.CommonInfos, "DataFormat");
        if (format.Text.Equals("ASCII", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        if (format.Text.Length > 0 && !format.Text.Equals("BINARY", StringComparison.OrdinalIgnoreCase))
        {
            throw format.Refuse($"'{format.Text}' is neither BINARY nor ASCII.");
        }
        var binary = ini.Get("Binary Infos", "BinaryFormat");
        var sample = binary.Text.ToUpperInvariant() switch
        {
            "INT_16" => RawSample.Int16,
            "UINT_16" => RawSample.UInt16,
            "INT_32" => RawSample.Int32,
            "IEEE_FLOAT_32" => RawSample.Float32,
            "IEEE_FLOAT_64" => RawSample.Float64,
            _ => throw binary.Refuse($"'{binary.Text}' is not INT_16, UINT_16, INT_32 or IEEE_FLOAT_32."),
        };
        bool big = ini.Find("Binary Infos", "UseBigEndianOrder").Text.Equals("YES", StringComparison.OrdinalIgnoreCase);
        return big ? sample.BigEndian() : sample;
    }

    /// <summary>A number of bytes that are no samples; 0 where it is missing.</summary>
    private static long ReadBytes(BrainVisionIni ini, string key)
    {
        // Twice as much is still a number that can be counted with.
        const long most = 1L << 61;
        var field = ini.Find("Binary Infos", key);
        return field.Text.Length == 0 ? 0 : field.ReadInteger(0, most);
    }

    /// <summary>What stands before each channel or each segment would be read as samples.</summary>
    private static void RefuseHeadersWithin(BrainVisionIni ini)
    {
        // Where the samples of an instant stand together, there is no place before a channel.
        string[] keys = ReadOrientation(ini) ? ["SegmentHeaderSize", "ChannelOffset"] : ["SegmentHeaderSize"];
        foreach (string key in keys)
        {
            if (ReadBytes(ini, key) != 0)
            {
                var field = ini.Find("Binary Infos", key);
                throw field.Refuse(
                    $"{field.Text}: data with headers between its samples is not read. Export it again."
                );
            }
        }
    }

    private static void CheckDataType(BrainVisionIni ini)
    {
        var type = ini.Find(BrainVisionIni.CommonInfos, "DataType");
        if (type.Text.Length > 0 && !type.Text.Equals("TIMEDOMAIN", StringComparison.OrdinalIgnoreCase))
        {
            throw type.Refuse($"'{type.Text}': only recordings over time (TIMEDOMAIN) are read, not spectra.");
        }
    }

    private static bool ReadOrientation(BrainVisionIni ini)
    {
        var orientation = ini.Get(BrainVisionIni.CommonInfos, "DataOrientation");
        return orientation.Text.ToUpperInvariant() switch
        {
            "MULTIPLEXED" => false,
            "VECTORIZED" => true,
            _ => throw orientation.Refuse($"'{orientation.Text}' is neither MULTIPLEXED nor VECTORIZED."),
        };
    }

    /// <summary>The interval is in microseconds.</summary>
    private static RecordedRate ReadRate(FieldText interval)
    {
        const decimal microseconds = 1_000_000;
        var parsed = RecordedRate.TryParse(interval.Text);
        bool isInterval = decimal.TryParse(
            interval.Text,
            System.Globalization.NumberStyles.Float,
            System.Globalization.CultureInfo.InvariantCulture,
            out decimal value
        );
        // The same limits as a rate has: a positive number that can be counted with.
        return parsed is null || !isInterval || value < 0.01m
            ? throw interval.Refuse($"'{interval.Text}' is no number of microseconds between two samples.")
            : RecordedRate.Of(microseconds, decimal.Round(value, 9));
    }

    private static void WarnAboutCodepage(BrainVisionIni ini, TextLines text, RecordingWarnings warnings)
    {
        var codepage = ini.Find(BrainVisionIni.CommonInfos, "Codepage");
        if (codepage.Text.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) && !text.IsUtf8)
        {
            warnings.Add(
                RecordingWarningKind.TextNotAscii,
                "[Common Infos] Codepage",
                codepage.Offset,
                "Says UTF-8, which the text is not; read as Windows-1252."
            );
        }
    }

    private static IReadOnlyList<RecordedChannel> ReadChannels(
        BrainVisionIni ini,
        SampleType type,
        RecordingWarnings warnings
    )
    {
        var count = ini.Get(BrainVisionIni.CommonInfos, "NumberOfChannels");
        var reader = new BrainVisionChannels(ini, type, warnings);
        return [.. Enumerable.Range(1, (int)count.ReadInteger(1, MaxChannels)).Select(reader.Read)];
    }
}
