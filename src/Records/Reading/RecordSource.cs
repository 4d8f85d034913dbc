using System.Text;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;

namespace Dendrite.Records.Reading;

/// <summary>
/// Reads the records of a document one after the other, in bounded memory. A bad row is reported and does not end the
/// reading; a document that cannot be read on at all does. Not safe for concurrent use.
/// </summary>
public abstract class RecordSource(DatasetDefinition definition) : IDisposable
{
    private readonly List<BadRow> badRows = [];

    /// <summary>Where the current row's cells are collected.</summary>
    protected RecordDraft Draft { get; } = new(definition);

    /// <summary>Line on which the current row begins, from 1.</summary>
    public long Line { get; protected set; } = 1;

    /// <summary>What is wrong with the current row; empty where it is a record.</summary>
    public IReadOnlyList<BadRow> BadRows => badRows;

    /// <summary>The current record, good only where nothing is wrong with the row.</summary>
    public RecordCells Current { get; private set; }

    /// <summary>
    /// Whether the document ended where it could not be read on: the last bad row says why, and what follows is
    /// unknown.
    /// </summary>
    public bool IsUnreadable { get; protected set; }

    /// <summary>Goes to the next row; false at the end.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        badRows.Clear();
        try
        {
            if (!await ReadRowAsync(cancellationToken))
            {
                return false;
            }
        }
        catch (DecoderFallbackException failure)
        {
            Line = LineOfReading;
            var bytes = Convert.ToHexString(failure.BytesUnknown ?? []);
            Refuse($"holds bytes [{bytes}] that are no text in this encoding; name the right encoding");
            (IsAtEnd, IsUnreadable) = (true, true);
            return true;
        }

        if (badRows.Count == 0)
        {
            Current = Draft.Complete();
            foreach (var problem in Draft.Problems)
            {
                Refuse(problem.Problem, problem.Column);
            }
        }

        return true;
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Whether nothing more can be read.</summary>
    protected bool IsAtEnd { get; set; }

    /// <summary>Line up to which was read, from 1: that of what cannot be read on.</summary>
    protected abstract long LineOfReading { get; }

    /// <summary>Reads a row into <see cref="Draft"/>, or refuses it; false at the end.</summary>
    protected abstract ValueTask<bool> ReadRowAsync(CancellationToken cancellationToken);

    protected void Refuse(string problem, string column = "") => badRows.Add(new(Line, column, problem));

    protected abstract void Dispose(bool disposing);
}
