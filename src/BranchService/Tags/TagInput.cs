using System.Text;
using Dendrite.Errors;
using Dendrite.Storage.Tags;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.BranchService.Tags;

/// <summary>Reads the fields of a tag that came in a request.</summary>
internal static class TagInput
{
    private const int MaxDescriptionLength = 4_000;
    private const int MaxMetadataBytes = 64 * 1024;

    public static NewTag WithFields(NewTag tag, V1.Tag fields) =>
        tag with
        {
            Description = Description(fields),
            Labels = RequestFields.Labels(fields.Labels, "tag.labels"),
            Metadata = Metadata(fields),
        };

    /// <exception cref="DendriteException">INVALID_UPDATE_MASK, or INVALID_ARGUMENT of a value.</exception>
    public static TagChange Change(V1.UpdateTagRequest request)
    {
        var fields = request.Tag;
        var updatable = new Dictionary<string, bool>
        {
            ["description"] = fields.Description.Length > 0,
            ["labels"] = fields.Labels.Count > 0,
            ["metadata"] = fields.Metadata is not null,
        };
        var change = new TagChange();
        foreach (var path in UpdateMask.Paths(request.UpdateMask, updatable))
        {
            change = path switch
            {
                "description" => change with { Description = Description(fields) },
                "labels" => change with { Labels = RequestFields.Labels(fields.Labels, "tag.labels") },
                _ => change with { SetsMetadata = true, Metadata = Metadata(fields) },
            };
        }

        return change;
    }

    private static string Description(V1.Tag fields) =>
        RequestFields.Text(fields.Description, "tag.description", MaxDescriptionLength);

    /// <summary>As JSON; null for none.</summary>
    private static string? Metadata(V1.Tag fields)
    {
        const string Field = "tag.metadata";
        if (fields.Metadata is not { } metadata)
        {
            return null;
        }

        // Sizes first: writing a hostile one as JSON would cost what storing it must not.
        if (metadata.CalculateSize() > MaxMetadataBytes)
        {
            throw DendriteException.Invalid(Field, $"is larger than {MaxMetadataBytes} bytes; keep it beside the tag");
        }

        Check(metadata.Fields.Select(field => (field.Key, field.Value)), Field);
        try
        {
            return
                JsonFormatter.Default.Format(metadata) is var json
                && Encoding.UTF8.GetByteCount(json) <= MaxMetadataBytes
                ? json
                : throw DendriteException.Invalid(Field, $"is larger than {MaxMetadataBytes} bytes as JSON");
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException)
        {
            throw DendriteException.Invalid(Field, "holds what JSON cannot: a value that is not set, or no number");
        }
    }

    /// <summary>PostgreSQL's JSON takes no NUL; nesting is bounded by the protobuf reader.</summary>
    private static void Check(IEnumerable<(string Key, Value Value)> entries, string field)
    {
        foreach (var (key, value) in entries)
        {
            RequestFields.Text(key, field, MaxMetadataBytes);
            switch (value.KindCase)
            {
                case Value.KindOneofCase.StringValue:
                    RequestFields.Text(value.StringValue, field, MaxMetadataBytes);
                    break;
                case Value.KindOneofCase.NumberValue when !double.IsFinite(value.NumberValue):
                    throw DendriteException.Invalid(
                        field,
                        $"holds {value.NumberValue}, which JSON cannot; leave it out"
                    );
                case Value.KindOneofCase.StructValue:
                    Check(value.StructValue.Fields.Select(inner => (inner.Key, inner.Value)), field);
                    break;
                case Value.KindOneofCase.ListValue:
                    Check(value.ListValue.Values.Select(inner => ("", inner)), field);
                    break;
            }
        }
    }
}
