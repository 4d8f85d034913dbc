using System.Buffers;
using System.Text.Json;

namespace Dendrite.Storage.Records;

/// <summary>Writes the canonical form of JSON whose members are in order, in one pass and without objects.</summary>
internal static class CanonicalJsonReader
{
    /// <summary>False where members are out of order; what is written then is of no use.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> output)
    {
        var reader = new Utf8JsonReader(json);
        // Where the last member's name of each open object stands in the output; -1 before the first.
        Span<(int Start, int Length)> names = stackalloc (int, int)[64];
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    output.Write("{"u8);
                    names[reader.CurrentDepth] = (-1, 0);
                    break;
                case JsonTokenType.PropertyName:
                    if (!TryWriteName(ref reader, ref names[reader.CurrentDepth - 1], output))
                    {
                        return false;
                    }

                    break;
                default:
                    WriteValue(ref reader, output);
                    break;
            }
        }

        return true;
    }

    private static bool TryWriteName(
        ref Utf8JsonReader reader,
        ref (int Start, int Length) last,
        ArrayBufferWriter<byte> output
    )
    {
        WriteString(ref reader, output, out var written);
        var name = output.WrittenSpan.Slice(output.WrittenCount - written, written);
        var inOrder = last.Start < 0 || output.WrittenSpan.Slice(last.Start, last.Length).SequenceCompareTo(name) < 0;
        last = (output.WrittenCount - written, written);
        return inOrder;
    }

    private static void WriteValue(ref Utf8JsonReader reader, ArrayBufferWriter<byte> output)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.EndObject:
                output.Write("}"u8);
                break;
            case JsonTokenType.StartArray:
                output.Write("["u8);
                break;
            case JsonTokenType.EndArray:
                output.Write("]"u8);
                break;
            case JsonTokenType.String:
                WriteString(ref reader, output, out _);
                break;
            case JsonTokenType.Number:
                CanonicalToken.WriteNumber(reader.ValueSpan, output);
                break;
            default:
                output.Write(
                    reader.TokenType switch
                    {
                        JsonTokenType.True => "t"u8,
                        JsonTokenType.False => "f"u8,
                        _ => "n"u8,
                    }
                );
                break;
        }
    }

    private static void WriteString(ref Utf8JsonReader reader, ArrayBufferWriter<byte> output, out int written)
    {
        if (!reader.ValueIsEscaped)
        {
            CanonicalToken.WriteString(reader.ValueSpan, output);
            written = reader.ValueSpan.Length;
            return;
        }

        var unescaped = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            written = reader.CopyString(unescaped);
            CanonicalToken.WriteString(unescaped.AsSpan(0, written), output);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }
}
