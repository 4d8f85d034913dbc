using Dendrite.Contracts.Filters;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage.Snapshots;

namespace Dendrite.BranchService.Merging;

/// <summary>What to pick, checked.</summary>
/// <param name="Source">The branch to pick from; null where a tag alone names the state.</param>
internal sealed record PickRequest(BranchName Target, BranchName? Source, SnapshotPoint Point)
{
    /// <summary>Records that one request may name.</summary>
    private const int MaxRecords = 10_000;

    /// <summary>Id of the dataset; empty: every one that has the columns of the filter.</summary>
    public string Dataset { get; private init; } = "";

    public IReadOnlyList<string> RecordIds { get; private init; } = [];

    public FilterExpression? Filter { get; private init; }

    public bool DeletesMissing { get; private init; }

    public string Message { get; private init; } = "";

    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME, INVALID_FILTER.</exception>
    public static PickRequest Read(V1.PickRecordsRequest request)
    {
        var target = BranchName.Parse(request.Target, "target");
        if (request.Source is null)
        {
            throw DendriteException.Invalid("source", "is missing; give a branch at a version, or a tag");
        }

        var (source, point) = SnapshotPoints.Read(request.Source, target.Project, "source");
        if (request.RecordIds.Count > MaxRecords)
        {
            throw DendriteException.Invalid(
                "record_ids",
                $"has {request.RecordIds.Count} entries; at most {MaxRecords} are allowed"
            );
        }

        if (request.RecordIds.Count > 0 && (request.DatasetId.Length == 0 || request.Filter.Length > 0))
        {
            throw DendriteException.Invalid("record_ids", "go with a dataset_id and without a filter");
        }

        if (request.DatasetId.Length == 0 && request.Filter.Length == 0)
        {
            throw DendriteException.Invalid("dataset_id", "is missing; give a dataset or a filter, or both");
        }

        if (request.DatasetId.Length > 0)
        {
            ResourceId.Check(request.DatasetId, "dataset_id");
        }

        return new(target, source, point)
        {
            Dataset = request.DatasetId,
            RecordIds = [.. request.RecordIds.Distinct()],
            Filter = FilterParser.Parse(request.Filter),
            DeletesMissing = request.DeleteMissing,
            Message = request.Message,
        };
    }
}
