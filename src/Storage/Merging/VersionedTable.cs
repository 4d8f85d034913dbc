namespace Dendrite.Storage.Merging;

/// <summary>
/// A table of versioned rows beside samples and records, whose newest visible row of a key counts. They merge like
/// records, column by column.
/// </summary>
/// <param name="Name">With its schema.</param>
/// <param name="Keys">The columns of the key.</param>
public sealed record VersionedTable(string Name, IReadOnlyList<string> Keys)
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
    public static VersionedTable Stream { get; } = new("signals.stream", ["stream_id"]);

    public static VersionedTable TimeAnchor { get; } = new("signals.time_anchor", ["stream_id", "sample_index"]);

    public static VersionedTable Annotation { get; } = new("signals.annotation", ["stream_id", "annotation_id"]);

    /// <summary>What hides samples.</summary>
    public static VersionedTable Mask { get; } = new("signals.mask", ["stream_id", "mask_id"]);

    /// <summary>Definitions of datasets; restated through <see cref="Records.DatasetChange"/>.</summary>
    public static VersionedTable Dataset { get; } = new("records.dataset", ["dataset_id"]);

    /// <summary>Those of signals.</summary>
    public static IReadOnlyList<VersionedTable> OfSignals { get; } = [Stream, TimeAnchor, Annotation, Mask];

    /// <summary>What its rows are, for people: without the schema.</summary>
    internal string Title => Name[(Name.IndexOf('.', StringComparison.Ordinal) + 1)..];

    /// <summary>Whether its rows belong to a stream, the first column of the key.</summary>
    internal bool IsOfSignals => Keys[0] == "stream_id";

    /// <summary>Whether a column takes part in the merge of rows.</summary>
    public bool IsCell(string column) => !Bookkeeping.Contains(column) && !Keys.Contains(column);

    /// <summary>SQL for whether the row called <c>stored</c> is of the key in the one called <c>touched</c>.</summary>
    internal string IsTouched => string.Join(" AND ", Keys.Select(key => $"stored.{key} = touched.{key}"));

    internal string KeyColumns(string alias) => string.Join(", ", Keys.Select(key => $"{alias}.{key}"));
}
