using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Tests.Edf;

internal static class EdfSamples
{
    /// <summary>
    /// All samples of every signal of a small file, by position in the file; empty for annotation signals.
    /// </summary>
    public static async Task<short[][]> ReadAllAsync(Stream stream, CancellationToken cancellationToken)
    {
        var reader = await EdfReader.OpenAsync(stream, cancellationToken);
        var lists = reader.Header.Signals.Select(_ => new List<short>()).ToArray();
        await foreach (var record in reader.ReadRecordsAsync(0, cancellationToken))
        {
            foreach (var signal in reader.Header.Signals.Where(signal => !signal.IsAnnotations))
            {
                lists[signal.Index].AddRange(record.Samples(signal));
            }
        }
        return [.. lists.Select(list => list.ToArray())];
    }
}
