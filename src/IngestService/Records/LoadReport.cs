using Dendrite.Records.Reading;
using Dendrite.Storage;
using Google.Protobuf;

namespace Dendrite.IngestService.Records;

/// <summary>Which rows of a document are no records, and why.</summary>
internal sealed class LoadReport
{
    private const int MaxKept = 1_000;
    private const int MaxProblemLength = 300;

    private readonly List<BadRow> kept = [];
    private long lastLine = -1;

    /// <summary>How many rows are bad; a row with two mistakes is one.</summary>
    public long Count { get; private set; }

    public void Add(BadRow row)
    {
        Count += row.Line == lastLine ? 0 : 1;
        lastLine = row.Line;
        if (kept.Count < MaxKept)
        {
            kept.Add(row);
        }
    }

    public LoadReport Clone()
    {
        var copy = new LoadReport { Count = Count, lastLine = lastLine };
        copy.kept.AddRange(kept);
        return copy;
    }

    public V1.LoadRecordsResponse ToResponse(long loaded)
    {
        var response = new V1.LoadRecordsResponse { LoadedRecords = loaded, BadRowCount = Count };
        response.BadRows.AddRange(
            kept.OrderBy(row => row.Line)
                .Select(row => new V1.BadRow
                {
                    Line = row.Line,
                    Column = row.Column,
                    Problem = BriefText.Cut(row.Problem, MaxProblemLength),
                })
        );
        return response;
    }

    /// <summary>The response as it is remembered: of many bad rows the first, as far as there is room.</summary>
    public static byte[] ToOutcome(V1.LoadRecordsResponse response)
    {
        var remembered = response.Clone();
        while (remembered.CalculateSize() > RememberedCommit.MaxAnswerLength)
        {
            var half = remembered.BadRows.Take(remembered.BadRows.Count / 2).ToList();
            remembered.BadRows.Clear();
            remembered.BadRows.AddRange(half);
        }

        return remembered.ToByteArray();
    }
}
