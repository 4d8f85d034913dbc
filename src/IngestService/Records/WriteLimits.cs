using Dendrite.Errors;
using Dendrite.IngestService.Datasets;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.IngestService.Records;

/// <summary>How much one request may write.</summary>
internal static class WriteLimits
{
    /// <summary>Records of a put, patch or delete: well under gRPC's 4 MB at a few hundred bytes each.</summary>
    public const int MaxRecords = 1_000;

    /// <summary>
    /// Bytes of the records that a put or patch is answered with: clients take messages of 4 MiB, and a little of that
    /// is for the rest of the answer.
    /// </summary>
    public const int MaxAnswerBytes = (4 << 20) - 64;

    /// <summary>Writes of a transaction, over all datasets.</summary>
    public const int MaxTransaction = 10_000;

    /// <summary>
    /// Records of one load or upsert: a commit is prepared whole, so this and the next bound the service's memory.
    /// </summary>
    public const int MaxLoaded = 1_000_000;

    /// <summary>
    /// Bytes that the records of one load or upsert take up here: those of their keys, <see cref="CellBytes"/> for each
    /// cell, null or not, and 2 for each character of a text or JSON value.
    /// </summary>
    public const long MaxLoadedBytes = 512L << 20;

    /// <summary>What a cell takes up besides its text.</summary>
    public const int CellBytes = 32;

    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static void CheckCount(int count, string field, int limit = MaxRecords)
    {
        if (count is 0 || count > limit)
        {
            throw DendriteException.Invalid(field, $"has {count}; 1 to {limit} are allowed");
        }
    }

    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static string Message(string message) =>
        RequestFields.Text(message, "commit_message", DatasetInput.MaxMessage);
}
