namespace Dendrite.Storage.Reports;

/// <summary>A report as it was made; its documents are read by <see cref="ReportDocumentStore"/>.</summary>
/// <param name="Id">Within the project.</param>
/// <param name="DisplayName">A title for people.</param>
public sealed record ReportRecord(string Id, string DisplayName)
{
    /// <summary>Id of the branch of the old side, as it was called then.</summary>
    public required string FromBranch { get; init; }

    /// <summary>Id of the branch of the new side, as it was called then.</summary>
    public required string ToBranch { get; init; }

    /// <summary>A serialized <c>ResolvedComparand</c>.</summary>
    public required byte[] Comparand { get; init; }

    /// <summary>Serialized <c>ExperimentComparisonOptions</c>.</summary>
    public required byte[] Options { get; init; }

    /// <summary>Label of the API key that asked for it.</summary>
    public required string Creator { get; init; }

    /// <summary>
    /// When it was made, by the clock of the database; that of a report that is not stored yet is no time.
    /// </summary>
    public DateTimeOffset CreateTime { get; init; }

    /// <summary>SHA-256 of the document in each form.</summary>
    public IReadOnlyDictionary<ReportForm, byte[]> Digests { get; init; } = new Dictionary<ReportForm, byte[]>();
}

/// <summary>In which form a document is. Stored by its name in lower-case letters.</summary>
public enum ReportForm
{
    Html,
    Markdown,
    Json,
}
