using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Tests.Blocks.Dense;

/// <summary>docs/dense-encoding.md is enough to write a reader, and says what the code does.</summary>
public sealed class DenseFormatPageTests
{
    private const int VectorSamples = 768;

    /// <summary>A change of these bytes is a change of the format: stored blocks would no longer be read.</summary>
    [Fact]
    public void The_vectors_on_the_page_are_what_the_encoder_writes_and_the_decoder_reads()
    {
        string[] rows =
        [
            .. File.ReadLines(Page()).Where(line => line.Contains("| `44424c4b", StringComparison.Ordinal)),
        ];
        short[] rescaled = [.. Resonance().Select(x => (short)((41 * x) + 7))];
        (SampleType Type, byte[] Planar)[] samples =
        [
            (SampleType.Int16, Bytes(Resonance())),
            (SampleType.Int16, Bytes(rescaled)),
            (SampleType.Int16, Bytes(Pair())),
            (SampleType.Int24, WideSignals.Pack(SampleType.Int24, Stepping())),
        ];
        Assert.Equal(samples.Length, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            string vector = rows[i].Split('`')[1];
            var (type, planar) = samples[i];
            int channels = planar.Length / type.SizeBytes() / VectorSamples;
            Assert.Equal(vector, Convert.ToHexStringLower(DenseRoundTripTests.Encode(type, planar, channels)));

            byte[] decoded = new byte[planar.Length];
            SampleBlock.Open(Convert.FromHexString(vector)).Decode(decoded);
            Assert.Equal(planar, decoded);
        }
    }

    [Fact]
    public void A_reader_in_C_made_from_the_page_reads_every_kind_of_signal()
    {
        using var reader = new ReaderInC(Page());
        int read = 0;
        foreach (string kind in DenseSignals.Names.Where(kind => kind is not ("silence" or "noise")))
        {
            foreach (int count in (int[])[800, 3321])
            {
                short[] planar = DenseSignals.Make(kind, channels: 4, count, seed: 11);
                byte[] block = DenseRoundTripTests.Encode(planar, channelCount: 4);
                if (
                    Enumerable
                        .Range(0, 4)
                        .All(channel => SampleBlock.Open(block).GetEncoding(channel) >= (ChannelEncoding)16)
                )
                {
                    Assert.Equal(MemoryMarshal.AsBytes<short>(planar).ToArray(), reader.Read(block));
                    read++;
                }
            }
        }
        Assert.True(read >= 14, $"Only {read} blocks were dense throughout.");
    }

    [Theory]
    [InlineData(SampleType.Int24)]
    [InlineData(SampleType.Int32)]
    public void A_reader_in_C_made_from_the_page_reads_wide_samples(SampleType type)
    {
        using var reader = new ReaderInC(Page());
        foreach (string kind in (string[])["resonance", "bursts"])
        {
            byte[] planar = WideSignals.Pack(type, WideSignals.Make(kind, channels: 4, 3000, seed: 5));
            byte[] block = DenseRoundTripTests.Encode(type, planar, channelCount: 4);
            Assert.Equal(planar, reader.Read(block));
        }
    }

    private static byte[] Bytes(short[] samples) => MemoryMarshal.AsBytes<short>(samples).ToArray();

    private static int[] Stepping() => [.. Resonance().Select((x, i) => (100 * x) + (i < 300 ? 0 : 3_000_000))];

    /// <summary>The recurrence on the page.</summary>
    private static short[] Resonance()
    {
        uint u = 1;
        int v = 0;
        int x = 0;
        var samples = new short[VectorSamples];
        for (int i = 0; i < samples.Length; i++)
        {
            u = unchecked((u * 1664525) + 1013904223);
            v += (int)(u >> 29) - 4 - (x >> 5);
            x += v;
            samples[i] = (short)x;
        }
        return samples;
    }

    private static short[] Pair()
    {
        short[] first = Resonance();
        return [.. first, .. first.Select((x, i) => (short)(x + (i % 3)))];
    }

    private static string Page()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Platform.sln")))
        {
            folder = folder.Parent;
        }
        return Path.Combine(folder.FullName, "docs", "dense-encoding.md");
    }
}
