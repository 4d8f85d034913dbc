using Dendrite.Errors;
using Dendrite.Storage.Tags;

namespace Dendrite.BranchService.Tags;

/// <summary>Reads the fields of a tag that came in a request.</summary>
internal static class TagInput
{
    private const int MaxDescriptionLength = 4_000;
    private const int MaxMetadataBytes = 64 * 1024;

    private static readonly UpdatableFields<V1.Tag, TagChange> Fields = new()
    {
        {
            "description",
            fields => fields.Description.Length > 0,
            (change, fields) => change with { Description = Description(fields) }
        },
        {
            "labels",
            fields => fields.Labels.Count > 0,
            (change, fields) => change with { Labels = RequestFields.Labels(fields.Labels, "tag.labels") }
        },
        {
            "metadata",
            fields => fields.Metadata is not null,
            (change, fields) => change with { SetsMetadata = true, Metadata = Metadata(fields) }
        },
    };

    public static NewTag WithFields(NewTag tag, V1.Tag fields) =>
        tag with
        {
            Description = Description(fields),
            Labels = RequestFields.Labels(fields.Labels, "tag.labels"),
            Metadata = Metadata(fields),
        };

    /// <exception cref="DendriteException">INVALID_UPDATE_MASK, or INVALID_ARGUMENT of a value.</exception>
    public static TagChange Change(V1.UpdateTagRequest request) => Fields.Read(new(), request.Tag, request.UpdateMask);

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

        return JsonFields.Read(metadata, Field, MaxMetadataBytes);
    }
}
