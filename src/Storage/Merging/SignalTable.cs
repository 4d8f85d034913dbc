namespace Dendrite.Storage.Merging;

/// <summary>
/// A table of versioned rows beside the samples, whose newest visible row of a key counts. They merge like records,
/// column by column.
/// </summary>
/// <param name="Name">With its schema.</param>
/// <param name="Keys">The columns of the key.</param>
public sealed record SignalTable(string Name, IReadOnlyList<string> Keys)
{
    /// <summary>Columns that say where a row lies and when it was written, not what it says.</summary>
    private static readonly string[] Bookkeeping =
    [
        "project_id",
        "timeline_id",
        "version",
        "create_time",
        "update_time",
    ];

    /// <summary>Descriptors of streams.</summary>
    public static SignalTable Stream { get; } = new("signals.stream", ["stream_id"]);

    public static SignalTable TimeAnchor { get; } = new("signals.time_anchor", ["stream_id", "sample_index"]);

    public static SignalTable Annotation { get; } = new("signals.annotation", ["stream_id", "annotation_id"]);

    public static IReadOnlyList<SignalTable> All { get; } = [Stream, TimeAnchor, Annotation];

    /// <summary>Whether a column takes part in the merge of rows.</summary>
    public bool IsCell(string column) => !Bookkeeping.Contains(column) && !Keys.Contains(column);

    /// <summary>SQL: the row of an alias as a JSON object of all its columns.</summary>
    internal string KeyColumns(string alias) => string.Join(", ", Keys.Select(key => $"{alias}.{key}"));
}
