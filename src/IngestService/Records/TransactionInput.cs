using Dendrite.Contracts.Names;
using Dendrite.Errors;

namespace Dendrite.IngestService.Records;

/// <summary>Reads a transaction over many datasets.</summary>
internal static class TransactionInput
{
    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME.</exception>
    public static WriteRequest Read(V1.CommitTransactionRequest request)
    {
        var count = request.Writes.Sum(writes => writes.Puts.Count + writes.Patches.Count + writes.Deletes.Count);
        WriteLimits.CheckCount(count, "writes", WriteLimits.MaxTransaction);
        var byDataset = new List<(string Dataset, IReadOnlyList<RecordWrite> Writes)>();
        for (var i = 0; i < request.Writes.Count; i++)
        {
            var (writes, path) = (request.Writes[i], $"writes[{i}]");
            var id = ResourceId.Check(writes.DatasetId, $"{path}.dataset_id");
            if (byDataset.Exists(known => known.Dataset == id))
            {
                throw DendriteException.Invalid(
                    $"{path}.dataset_id",
                    $"'{id}' is there already; name each dataset once"
                );
            }

            byDataset.Add((id, [.. WritesOf(writes, path)]));
        }

        return new(byDataset, WriteLimits.Message(request.CommitMessage))
        {
            IfHeadVersion = request.HasIfHeadVersion ? request.IfHeadVersion : null,
        };
    }

    private static IEnumerable<RecordWrite> WritesOf(V1.DatasetWrites writes, string path) =>
        [
            .. writes.Puts.Select((put, i) => RecordWrite.Of(put, $"{path}.puts[{i}]")),
            .. writes.Patches.Select((patch, i) => RecordWrite.Of(patch, $"{path}.patches[{i}]")),
            .. writes.Deletes.Select((delete, i) => RecordWrite.Of(delete, $"{path}.deletes[{i}]")),
        ];
}
