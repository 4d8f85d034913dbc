using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Append;

/// <summary>A block or a gap of a batch: what takes a place in a stream.</summary>
internal sealed record BatchPiece(SampleRange Range)
{
    /// <summary>Null: it is a gap.</summary>
    public NewBlock? Block { get; private init; }

    /// <summary>Null: it is a block.</summary>
    public SampleGap? Gap { get; private init; }

    /// <summary>Null: all groups of channels.</summary>
    public int? Group { get; private init; }

    public static BatchPiece Of(NewBlock block) =>
        new(new SampleRange(block.FirstSample, block.EndSample)) { Block = block, Group = block.ChannelGroup };

    public static BatchPiece Of(SampleGap gap) => new(gap.Range) { Gap = gap, Group = gap.ChannelGroup };

    public BlockPlacement PlaceIn(StreamPosition position) =>
        Group is { } group
            ? position.Place(group, Range.Start, Range.Count)
            : position.PlaceInAll(Range.Start, Range.Count);
}
