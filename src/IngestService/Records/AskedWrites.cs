using Dendrite.Contracts.Names;

namespace Dendrite.IngestService.Records;

/// <summary>What a request asks to write to one dataset.</summary>
/// <param name="Field">The writes' field in the request, for errors.</param>
internal sealed record AskedWrites(DatasetName Dataset, IReadOnlyList<RecordWrite> Writes, string Field)
{
    /// <summary>Checks the request's parent and how many entries it has, and reads them.</summary>
    /// <param name="field">The entries' field in the request, for errors.</param>
    /// <exception cref="Errors.DendriteException">INVALID_ARGUMENT of the field at fault.</exception>
    public static AskedWrites Of<T>(
        string parent,
        IReadOnlyCollection<T> entries,
        Func<T, string, RecordWrite> read,
        string field
    )
    {
        var dataset = DatasetName.Parse(parent, "parent");
        WriteLimits.CheckCount(entries.Count, field);
        return new(dataset, [.. entries.Select((entry, i) => read(entry, $"{field}[{i}]"))], field);
    }

    public WriteRequest ToRequest(string commitMessage) =>
        new([(Dataset.Dataset, Writes)], WriteLimits.Message(commitMessage));
}
