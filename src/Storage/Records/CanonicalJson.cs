using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Dendrite.Storage.Records;

/// <summary>
/// One form of bytes for each JSON value, whatever its spelling: spaces, escapes, the order of members and the spelling
/// of numbers make no difference. So a document hashes alike before and after PostgreSQL has kept it as <c>jsonb</c>.
/// </summary>
/// <remarks>
/// <code>
/// null n   true t   false f   number #[-]digits e exponent ;   string "length:UTF-8
/// array [ elements ]          object { members, by the bytes of their names: string value }
/// </code>
/// A number's digits have no leading or trailing zero: 1200, 1.2e3 and 1200.00 are <c>#12e2;</c>, zero is <c>#;</c>.
/// </remarks>
internal static class CanonicalJson
{
    /// <summary>Writes the canonical form of UTF-8 JSON.</summary>
    /// <exception cref="JsonException">It is no JSON, nests deeper than 64, or an object names a member twice.
    /// </exception>
    public static void Write(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> output)
    {
        // Only where a value within has its members out of order, all is taken apart and sorted.
        if (!CanonicalJsonReader.TryWrite(json, output))
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            Write(document.RootElement, output);
        }
    }

    /// <summary>The canonical form.</summary>
    /// <exception cref="JsonException">As of <see cref="Write(ReadOnlySpan{byte}, ArrayBufferWriter{byte})"/>.
    /// </exception>
    public static ReadOnlySpan<byte> Of(string json)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(Encoding.UTF8.GetBytes(json), output);
        return output.WrittenSpan;
    }

    private static void Write(JsonElement element, ArrayBufferWriter<byte> output)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(element, output);
                break;
            case JsonValueKind.Array:
                output.Write("["u8);
                foreach (var item in element.EnumerateArray())
                {
                    Write(item, output);
                }

                output.Write("]"u8);
                break;
            case JsonValueKind.String:
                CanonicalToken.WriteString(Encoding.UTF8.GetBytes(element.GetString()!), output);
                break;
            case JsonValueKind.Number:
                CanonicalToken.WriteNumber(Encoding.UTF8.GetBytes(element.GetRawText()), output);
                break;
            default:
                output.Write(CanonicalToken.Literal(element.ValueKind));
                break;
        }
    }

    private static void WriteObject(JsonElement element, ArrayBufferWriter<byte> output)
    {
        var members = element
            .EnumerateObject()
            .Select(member => (Name: Encoding.UTF8.GetBytes(member.Name), member.Value))
            .ToArray();
        Array.Sort(members, (left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        output.Write("{"u8);
        for (var i = 0; i < members.Length; i++)
        {
            if (i > 0 && members[i].Name.AsSpan().SequenceEqual(members[i - 1].Name))
            {
                throw new JsonException($"An object names '{Encoding.UTF8.GetString(members[i].Name)}' twice.");
            }

            CanonicalToken.WriteString(members[i].Name, output);
            Write(members[i].Value, output);
        }

        output.Write("}"u8);
    }
}
