using Dendrite.Errors;
using Dendrite.IngestService.Datasets;
using Dendrite.Records.Cells;
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
    /// Bytes that the records of one load or upsert take up here: those of their keys and, by <see cref="SizeOf"/>, of
    /// their cells.
    /// </summary>
    public const long MaxLoadedBytes = 512L << 20;

    /// <summary>What a cell takes up by itself, null or not.</summary>
    public const int CellBytes = 32;

    private const int CharacterBytes = 2;

    /// <summary>What a decimal takes up besides its digits.</summary>
    private const int DecimalBytes = 40;
    private const int UuidBytes = 32;

    /// <summary>Bytes that a cell takes up here.</summary>
    public static int SizeOf(CellValue? value) =>
        CellBytes
        + value switch
        {
            { Type: CellType.Text or CellType.Enum or CellType.Json } text => CharacterBytes * text.AsText().Length,
            { Type: CellType.Decimal } number => DecimalBytes + number.AsDecimal().DigitBytes,
            { Type: CellType.Uuid } => UuidBytes,
            _ => 0,
        };

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
