using System.Buffers;
using System.Text.Json;

namespace Dendrite.Storage.Records;

/// <summary>
/// Writes the canonical form of JSON in one pass and without objects, where the members of all that lies within are in
/// order. Those of the document itself may come in any: its cells come by the number of their column, 10 after 9.
/// </summary>
internal static class CanonicalJsonReader
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? taken;

    [ThreadStatic]
    private static List<Member>? members;

    /// <summary>False where members within are out of order, or one is named twice: nothing is written.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> output)
    {
        taken = taken is { Capacity: <= RecordDigest.MostKept } ? taken : new();
        members ??= [];
        taken.ResetWrittenCount();
        members.Clear();
        return TryTake(json, taken, members) && TryPutInOrder(taken.WrittenMemory, members, output);
    }

    private static bool TryTake(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> output, List<Member> members)
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
                case JsonTokenType.PropertyName when reader.CurrentDepth == 1:
                    var start = output.WrittenCount;
                    WriteString(ref reader, output, out var length);
                    members.Add(new(start, output.WrittenCount - length, length));
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

    /// <param name="taken">The document in braces, its members as they came.</param>
    private static bool TryPutInOrder(ReadOnlyMemory<byte> taken, List<Member> members, ArrayBufferWriter<byte> output)
    {
        var text = taken.Span;
        if (IsInOrder(text, members))
        {
            output.Write(text);
            return true;
        }

        var end = text.Length - 1;
        for (var i = members.Count - 1; i >= 0; i--)
        {
            members[i] = members[i] with { End = end };
            end = members[i].Start;
        }

        members.Sort(new ByName(taken));
        if (!IsInOrder(text, members))
        {
            return false;
        }

        output.Write("{"u8);
        foreach (var member in members)
        {
            output.Write(text[member.Start..member.End]);
        }

        output.Write("}"u8);
        return true;
    }

    private static bool IsInOrder(ReadOnlySpan<byte> text, List<Member> members)
    {
        for (var i = 1; i < members.Count; i++)
        {
            if (members[i - 1].NameIn(text).SequenceCompareTo(members[i].NameIn(text)) >= 0)
            {
                return false;
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

    /// <summary>A member of the document, where it stands in what is taken.</summary>
    /// <param name="Name">Where its name begins, behind the name's length.</param>
    private readonly record struct Member(int Start, int Name, int NameLength)
    {
        public int End { get; init; }

        public ReadOnlySpan<byte> NameIn(ReadOnlySpan<byte> text) => text.Slice(Name, NameLength);
    }

    private sealed class ByName(ReadOnlyMemory<byte> text) : IComparer<Member>
    {
        public int Compare(Member x, Member y) => x.NameIn(text.Span).SequenceCompareTo(y.NameIn(text.Span));
    }
}
