using System.Globalization;
using System.Text;

namespace Dendrite.Signals.Tests.Formats.BrainVision;

/// <summary>Small recordings made here: three channels, 5,000 samples at 500 Hz.</summary>
internal static class BrainVisionFixture
{
    public const int Samples = 5000;
    public const int Channels = 3;

    public static double Value(int channel, int sample) => (channel * 100) + (sample * 7 % 211) - 105;

    /// <summary>Header, data and markers, under the names that the header has.</summary>
    public static (string Name, byte[] Content)[] Make(
        string format = "INT_16",
        bool vectorized = false,
        Func<string, string>? header = null,
        string? markers = null
    )
    {
        string text = $"""
            Brain Vision Data Exchange Header File Version 1.0
            ; made by a test

            [Common Infos]
            Codepage=UTF-8
            DataFile=night.eeg
            MarkerFile=night.vmrk
            DataFormat={(format == "ASCII" ? "ASCII" : "BINARY")}
            DataOrientation={(vectorized ? "VECTORIZED" : "MULTIPLEXED")}
            NumberOfChannels={Channels}
            SamplingInterval=2000

            [Binary Infos]
            BinaryFormat={format}

            [ASCII Infos]
            DecimalSymbol=,
            SkipLines={(vectorized ? 0 : 1)}
            SkipColumns={(vectorized ? 1 : 0)}

            [Channel Infos]
            Ch1=Fp1,,0.5,µV
            Ch2=left\1 upper,A1,,mV
            Ch3=Resp,,2.5

            [Comment]
            Impedances: [all] = below 5 kOhm
            """;
        return
        [
            ("night.vhdr", Encoding.UTF8.GetBytes(header?.Invoke(text) ?? text)),
            ("night.eeg", Data(format, vectorized)),
            ("night.vmrk", Encoding.UTF8.GetBytes(markers ?? DefaultMarkers)),
        ];
    }

    private const string DefaultMarkers = """
        Brain Vision Data Exchange Marker File, Version 1.0

        [Common Infos]
        DataFile=night.eeg

        [Marker Infos]
        Mk1=New Segment,,1,1,0,20240229235958250000
        Mk2=Stimulus,S  1,11,1,0
        Mk3=Comment,eyes\1 closed,501,250,2
        Mk4=Response,,x,1,0
        """;

    private static byte[] Data(string format, bool vectorized)
    {
        int[] cells =
        [
            .. Enumerable
                .Range(0, Channels * Samples)
                .Select(i => vectorized ? i : ((i % Channels) * Samples) + (i / Channels)),
        ];
        if (format != "ASCII")
        {
            return [.. cells.SelectMany(cell => Bytes(format, Value(cell / Samples, cell % Samples)))];
        }
        var text = new StringBuilder(vectorized ? "" : "Fp1 left Resp\r\n");
        for (int i = 0; i < cells.Length; i++)
        {
            bool begins = vectorized ? cells[i] % Samples == 0 : i % Channels == 0;
            text.Append(begins && i > 0 ? "\r\n" : "").Append(begins && vectorized ? "name " : "");
            double value = Value(cells[i] / Samples, cells[i] % Samples) / 4;
            text.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture).Replace('.', ','));
        }
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static byte[] Bytes(string format, double value) =>
        format switch
        {
            "INT_16" => BitConverter.GetBytes((short)value),
            "UINT_16" => BitConverter.GetBytes((ushort)(value + 40_000)),
            "INT_32" => BitConverter.GetBytes((int)value * 100_000),
            _ => BitConverter.GetBytes((float)(value / 3)),
        };
}
