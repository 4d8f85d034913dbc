using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Append;

/// <summary>What one message (or one batch) asks to be stored; it is committed whole.</summary>
/// <param name="Writer">Who sent it.</param>
/// <param name="GroupEnds">Where the stream stands after it.</param>
/// <param name="MessageNumber">How many messages of the writer are durable when it is.</param>
/// <param name="Bytes">What it holds of the budgets.</param>
internal sealed record AppendItem(StreamWriter Writer, long[] GroupEnds, long MessageNumber, long Bytes)
{
    public IReadOnlyList<NewBlock> Blocks { get; init; } = [];
    public IReadOnlyList<SampleGap> Gaps { get; init; } = [];
    public IReadOnlyList<StreamTimeAnchor> Anchors { get; init; } = [];
    public IReadOnlyList<StreamAnnotation> Annotations { get; init; } = [];
    public bool Finish { get; init; }

    /// <summary>The batch that it is, to be remembered; null where that has no id, and for a session's.</summary>
    public RememberedAppend? Request { get; init; }

    /// <summary>Nothing to store: all of it was stored before.</summary>
    public bool IsEmpty =>
        !Finish && Blocks.Count == 0 && Gaps.Count == 0 && Anchors.Count == 0 && Annotations.Count == 0;
}
