using System.Text;
using Dendrite.Errors;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>What callers attach to resources as JSON.</summary>
public static class JsonFields
{
    /// <summary>As JSON that PostgreSQL takes.</summary>
    /// <param name="field">The proto path, for the error.</param>
    /// <param name="maxBytes">Largest size, of the message and of the JSON.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static string Read(Struct value, string field, int maxBytes)
    {
        // Sizes first: writing a hostile one as JSON would cost what storing it must not.
        if (value.CalculateSize() > maxBytes)
        {
            throw DendriteException.Invalid(field, $"is larger than {maxBytes} bytes; keep it elsewhere and name it");
        }

        Check(value.Fields.Select(entry => (entry.Key, entry.Value)), field, maxBytes);
        try
        {
            var json = JsonFormatter.Default.Format(value);
            return Encoding.UTF8.GetByteCount(json) <= maxBytes
                ? json
                : throw DendriteException.Invalid(field, $"is larger than {maxBytes} bytes as JSON");
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException)
        {
            throw DendriteException.Invalid(field, "holds what JSON cannot: a value that is not set, or no number");
        }
    }

    /// <summary>PostgreSQL's JSON takes no NUL; nesting is bounded by the protobuf reader.</summary>
    private static void Check(IEnumerable<(string Key, Value Value)> entries, string field, int maxBytes)
    {
        foreach (var (key, value) in entries)
        {
            RequestFields.Text(key, field, maxBytes);
            switch (value.KindCase)
            {
                case Value.KindOneofCase.StringValue:
                    RequestFields.Text(value.StringValue, field, maxBytes);
                    break;
                case Value.KindOneofCase.NumberValue when !double.IsFinite(value.NumberValue):
                    throw DendriteException.Invalid(
                        field,
                        $"holds {value.NumberValue}, which JSON cannot; leave it out"
                    );
                case Value.KindOneofCase.StructValue:
                    Check(value.StructValue.Fields.Select(inner => (inner.Key, inner.Value)), field, maxBytes);
                    break;
                case Value.KindOneofCase.ListValue:
                    Check(value.ListValue.Values.Select(inner => ("", inner)), field, maxBytes);
                    break;
            }
        }
    }
}
