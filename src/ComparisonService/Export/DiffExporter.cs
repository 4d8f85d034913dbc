using System.Runtime.CompilerServices;
using System.Text;
using Dendrite.ComparisonService.Records;

namespace Dendrite.ComparisonService.Export;

/// <summary>Writes the records that differ as a document. Thread-safe.</summary>
public sealed class DiffExporter(RecordDifferences differences, RecordDiffer differ)
{
    /// <summary>Characters of a piece, give or take a record.</summary>
    private const int PieceLength = 64 << 10;

    /// <summary>The document in UTF-8, piece by piece; costs what differs, and memory for a piece.</summary>
    /// <exception cref="Errors.DendriteException">MALFORMED_NAME, DATASET_NOT_FOUND.</exception>
    public async IAsyncEnumerable<byte[]> WriteAsync(
        Comparison comparison,
        DiffWriter writer,
        IReadOnlyCollection<string> datasets,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var pairs = await differences.SelectAsync(comparison.Compared, datasets, cancellation);
        var waiting = new Queue<DatasetPair>(pairs);
        var options = new RecordDiffOptions { IsWhole = writer.IsWhole };
        var text = new StringBuilder();
        writer.Begin(text, comparison.ToMessage());
        await foreach (var change in differ.CompareAsync(comparison.Compared, pairs, options, cancellation))
        {
            BeginUntil(writer, text, waiting, change.Dataset);
            writer.Write(text, change);
            if (text.Length >= PieceLength)
            {
                yield return Encoding.UTF8.GetBytes(text.ToString());
                text.Clear();
            }
        }

        BeginUntil(writer, text, waiting, null);
        writer.End(text);
        yield return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Begins the datasets up to one, also those whose records do not differ; null: all.</summary>
    private static void BeginUntil(DiffWriter writer, StringBuilder text, Queue<DatasetPair> waiting, DatasetPair? last)
    {
        while (waiting.TryPeek(out var next) && (last is null || string.CompareOrdinal(next.Name, last.Name) <= 0))
        {
            writer.Begin(text, waiting.Dequeue());
        }
    }
}
