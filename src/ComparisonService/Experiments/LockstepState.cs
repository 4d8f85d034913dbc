using System.Numerics;
using System.Runtime.InteropServices;
using Dendrite.Signals.Analysis;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>
/// An analysis as bytes, to go on with after a crash: for each channel its counts and moments, then its powers; for
/// each pair its counts and energies, then its sums. Numbers of eight bytes, little-endian, in the order of
/// <see cref="LockstepAnalysis"/>.
/// </summary>
internal static class LockstepState
{
    public static byte[] Write(LockstepAnalysis analysis)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        foreach (var channel in analysis.Channels.SelectMany(channels => channels))
        {
            writer.Write(channel.Segments);
            writer.Write(channel.Missing);
            writer.Write(channel.FirstSample);
            writer.Write(channel.EndSample);
            Write(writer, channel.Moments);
            writer.Write(MemoryMarshal.AsBytes<double>(channel.Power));
        }

        foreach (var pair in analysis.Pairs)
        {
            writer.Write(pair.Segments);
            writer.Write(pair.OldEnergy);
            writer.Write(pair.NewEnergy);
            writer.Write(MemoryMarshal.AsBytes<Complex>(pair.Cross));
            writer.Write(MemoryMarshal.AsBytes<double>(pair.OldPower));
            writer.Write(MemoryMarshal.AsBytes<double>(pair.NewPower));
            writer.Write(MemoryMarshal.AsBytes<double>(pair.Products));
        }

        return stream.ToArray();
    }

    /// <summary>Puts what was written into a new analysis of the same plan.</summary>
    public static void Read(byte[] state, LockstepAnalysis analysis)
    {
        using var reader = new BinaryReader(new MemoryStream(state));
        foreach (var channel in analysis.Channels.SelectMany(channels => channels))
        {
            channel.Segments = reader.ReadInt64();
            channel.Missing = reader.ReadInt64();
            channel.FirstSample = reader.ReadInt64();
            channel.EndSample = reader.ReadInt64();
            channel.Moments = ReadMoments(reader);
            Fill<double>(reader, channel.Power);
        }

        foreach (var pair in analysis.Pairs)
        {
            pair.Segments = reader.ReadInt64();
            pair.OldEnergy = reader.ReadDouble();
            pair.NewEnergy = reader.ReadDouble();
            Fill<Complex>(reader, pair.Cross);
            Fill<double>(reader, pair.OldPower);
            Fill<double>(reader, pair.NewPower);
            Fill<double>(reader, pair.Products);
        }
    }

    private static void Write(BinaryWriter writer, in Moments moments)
    {
        writer.Write(moments.Count);
        writer.Write(moments.Mean);
        writer.Write(moments.Squares);
        writer.Write(moments.Cubes);
        writer.Write(moments.Fourths);
    }

    private static Moments ReadMoments(BinaryReader reader) =>
        new(reader.ReadInt64(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());

    private static void Fill<T>(BinaryReader reader, T[] values)
        where T : unmanaged => reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
}
