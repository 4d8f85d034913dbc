using System.Buffers;
using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Tests;

/// <summary>
/// A made-up recording: what a sample is follows from its channel and index, so any part of it can be made anew.
/// </summary>
internal static class Recording
{
    public const int Channels = 4;

    public static V1.SignalStream Descriptor(int channels = Channels, V1.SampleType type = V1.SampleType.Int16)
    {
        var stream = new V1.SignalStream
        {
            DisplayName = "A test",
            NominalRate = new() { Samples = 256, Seconds = 1 },
            StartTime = Timestamp.FromDateTime(new(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc)),
        };
        for (var i = 0; i < channels; i++)
        {
            stream.Channels.Add(
                new V1.SignalChannel
                {
                    Label = $"c{i}",
                    Unit = "uV",
                    SampleType = type,
                    Scale = 0.5,
                    Offset = 1,
                }
            );
        }

        return stream;
    }

    public static short SampleOf(int channel, long sample) =>
        (short)((1000 * Math.Sin(sample / (5.0 + channel))) + (sample % 7) + channel);

    /// <summary>Planar int16 samples.</summary>
    public static byte[] Samples(long first, int count, int channels = Channels)
    {
        var samples = new short[channels * count];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = SampleOf(i / count, first + (i % count));
        }

        return MemoryMarshal.AsBytes(samples.AsSpan()).ToArray();
    }

    public static V1.SampleBlock Block(long first, int count, int channels = Channels) =>
        Encoded(first, count, Samples(first, count, channels), channels);

    public static V1.SampleBlock Encoded(
        long first,
        int count,
        byte[] planar,
        int channels = Channels,
        SampleType type = SampleType.Int16
    )
    {
        var encoded = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(type, planar, channels, encoded);
        return WithPayload(first, count, V1.BlockEncoding.DendriteV1, encoded.WrittenSpan);
    }

    public static V1.SampleBlock Raw(long first, int count, byte[] planar) =>
        WithPayload(first, count, V1.BlockEncoding.Raw, planar);

    public static V1.SampleBlock WithPayload(
        long first,
        int count,
        V1.BlockEncoding encoding,
        ReadOnlySpan<byte> payload
    ) =>
        new()
        {
            FirstSample = first,
            SampleCount = count,
            Encoding = encoding,
            Payload = ByteString.CopyFrom(payload),
            Crc32C = Crc32C.Compute(payload),
        };
}
