using System.Collections.Immutable;
using Dendrite.Errors;
using Dendrite.Records.Datasets;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.IngestService.Datasets;

/// <summary>What people write about a dataset.</summary>
internal static class DatasetFields
{
    private const int MaxDisplayName = 200;
    private const int MaxDescription = 4_000;

    /// <summary>The definition with the fields of the mask as the request has them.</summary>
    /// <exception cref="DendriteException">INVALID_UPDATE_MASK, INVALID_ARGUMENT.</exception>
    public static DatasetDefinition Apply(DatasetDefinition definition, V1.Dataset dataset, IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            definition = path switch
            {
                "display_name" => definition with
                {
                    DisplayName = RequestFields.Text(dataset.DisplayName, "dataset.display_name", MaxDisplayName),
                },
                "description" => definition with
                {
                    Description = RequestFields.Text(dataset.Description, "dataset.description", MaxDescription),
                },
                _ => definition with
                {
                    Labels = RequestFields
                        .Labels(dataset.Labels, "dataset.labels")
                        .ToImmutableSortedDictionary(StringComparer.Ordinal),
                },
            };
        }

        return definition;
    }

    /// <summary>What an update may change, each with whether the request sets it.</summary>
    public static IReadOnlyDictionary<string, bool> Updatable(V1.Dataset dataset) =>
        new Dictionary<string, bool>
        {
            ["display_name"] = dataset.DisplayName.Length > 0,
            ["description"] = dataset.Description.Length > 0,
            ["labels"] = dataset.Labels.Count > 0,
        };

    /// <exception cref="DendriteException">ETAG_MISMATCH.</exception>
    public static void CheckEtag(Dataset dataset, string etag)
    {
        if (Etag.ToRevision(etag) is { } expected && expected != dataset.Stored.Version.Value)
        {
            throw new DendriteException(
                ErrorReason.EtagMismatch,
                $"Dataset '{dataset.Name}' has changed since etag {RequestFields.Excerpt(etag)}:"
                    + " read it again and retry."
            );
        }
    }
}
