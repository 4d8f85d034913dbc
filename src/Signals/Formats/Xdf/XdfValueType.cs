using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.Xdf;

/// <summary>The types of values that a stream may have, and how they are stored.</summary>
internal static class XdfValueType
{
    public const string Text = "string";

    public const string Int64 = "int64";

    /// <summary>
    /// One value; null for text, and for 64-bit integers, of which it depends on the values how they can be stored.
    /// </summary>
    public static RawSample? Find(string format) =>
        format switch
        {
            "int8" => RawSample.Int8,
            "int16" => RawSample.Int16,
            "int32" => RawSample.Int32,
            "float32" => RawSample.Float32,
            "double64" => RawSample.Float64,
            _ => null,
        };

    /// <summary>64-bit integers that fit 32 bits.</summary>
    public static RawSample NarrowInt64 { get; } =
        new(8, SampleType.Int32, (source, target) => source[..4].CopyTo(target));

    /// <summary>64-bit integers that a double holds exactly.</summary>
    public static RawSample DoubleInt64 { get; } =
        new(
            8,
            SampleType.Float64,
            (source, target) => BitConverter.TryWriteBytes(target, (double)BitConverter.ToInt64(source))
        );

    /// <summary>The upper half of a 64-bit integer.</summary>
    public static RawSample UpperInt64 { get; } =
        new(8, SampleType.Int32, (source, target) => source[4..8].CopyTo(target));

    /// <summary>The lower half, less 2^31 so that it fits 32 bits with a sign.</summary>
    public static RawSample LowerInt64 { get; } =
        new(
            8,
            SampleType.Int32,
            (source, target) => BitConverter.TryWriteBytes(target, (int)(BitConverter.ToUInt32(source) - 0x8000_0000L))
        );
}
