using Dendrite.Client.Appending;
using Google.Protobuf;

namespace Dendrite.Client.Spools;

/// <summary>
/// Turns spooled records into messages for the stream as it stands: shifts the gateway's count to the stream's, leaves
/// out what the stream holds, cuts a block of which it holds the beginning or that is larger than the service takes,
/// and declares whatever is missing in between, so that no hole is ever sent in silence. Pure.
/// </summary>
/// <param name="groupEnds">Where each group of the stream stands: what was durable when it was opened.</param>
/// <param name="maxBlockBytes">The largest payload of a block.</param>
internal sealed class RecordPlacement(IEnumerable<long> groupEnds, int maxBlockBytes = int.MaxValue)
{
    /// <summary>A loss whose circumstances are over and unknown.</summary>
    public static readonly ReadOnlyMemory<byte> DeclaredGap = new V1.Gap
    {
        Cause = V1.GapCause.Declared,
        Note = "The gateway ended before it could write them.",
    }.ToByteArray();

    /// <summary>The disk lost samples that were spooled, and whatever was noted among them.</summary>
    public static readonly ReadOnlyMemory<byte> DamagedGap = new V1.Gap
    {
        Cause = V1.GapCause.Declared,
        Note = "The gateway's spool was damaged, so annotations may be missing too.",
    }.ToByteArray();

    private static readonly ReadOnlyMemory<byte> TooLargeGap = new V1.Gap
    {
        Cause = V1.GapCause.Declared,
        Note = "A sample of all channels is larger than a block that the platform takes.",
    }.ToByteArray();

    private readonly long[] ends = [.. groupEnds];
    private readonly List<PlacedMessage> placed = [];

    /// <summary>The stream's index of the gateway's sample 0.</summary>
    public long Origin { get; set; }

    /// <summary>Where the stream will stand after everything that was placed: the end of its farthest group.</summary>
    public long FarthestEnd => ends.Max();

    /// <summary>Where it will stand in all groups: what an acknowledgement of all that must say.</summary>
    public long End => ends.Min();

    /// <summary>Where each group will stand, as of now.</summary>
    public long[] Ends => [.. ends];

    /// <summary>The messages that a record becomes; none when the stream holds all of it.</summary>
    /// <param name="record">The next one.</param>
    /// <param name="afterDamage">Whether records before it could not be read.</param>
    public IReadOnlyList<PlacedMessage> Place(in SpoolRecord record, bool afterDamage = false)
    {
        placed.Clear();
        switch (record.Kind)
        {
            case SpoolKind.Block:
                PlaceBlock(record, afterDamage);
                break;
            case SpoolKind.Gap:
                PlaceGap(record, afterDamage);
                break;
            case SpoolKind.Annotations:
                PlaceAnnotations(EventChecks.ReadSpooled(record.Payload));
                break;
            case SpoolKind.TimeAnchors:
                Add(new() { TimeAnchors = Shift(V1.AppendTimeAnchors.Parser.ParseFrom(record.Payload.Span)) });
                break;
        }

        return placed;
    }

    private void PlaceBlock(in SpoolRecord record, bool afterDamage)
    {
        var (first, end) = (record.First + Origin, record.End + Origin);
        if (end <= ends[record.Group])
        {
            return;
        }

        DeclareHole(record.Group, first, afterDamage);
        var at = ends[record.Group];
        foreach (var piece in PiecesOf(record, (int)(at - first)))
        {
            if (piece.Payload.Length <= maxBlockBytes)
            {
                AddGap(record.Group, at, TooLargeGap);
                ends[record.Group] = at + piece.SampleCount;
                Add(new() { Block = piece.ToBlock(record.Group, at) });
            }

            at += piece.SampleCount;
        }

        AddGap(record.Group, end, TooLargeGap);
    }

    private IReadOnlyList<BlockPiece> PiecesOf(in SpoolRecord block, int skip) =>
        skip == 0 && block.Payload.Length <= maxBlockBytes
            ? [new((int)block.Count, block.Payload)]
            : BlockCutter.Cut(block.Payload.Span, skip, maxBlockBytes);

    private void PlaceGap(in SpoolRecord record, bool afterDamage)
    {
        var end = record.End + Origin;
        if (record.Group == SpoolRecord.AllGroups && Array.TrueForAll(ends, one => one == ends[0]))
        {
            // A hole before it is part of the loss that it declares.
            AddGap(SpoolRecord.AllGroups, end, record.Payload);
            return;
        }

        var groups = record.Group == SpoolRecord.AllGroups ? Enumerable.Range(0, ends.Length) : [record.Group];
        foreach (var group in groups)
        {
            DeclareHole(group, record.First + Origin, afterDamage);
            AddGap(group, end, record.Payload);
        }
    }

    /// <summary>
    /// Where records are missing, the disk lost them, or another writer of the stream left its groups uneven.
    /// </summary>
    private void DeclareHole(int group, long first, bool afterDamage) =>
        AddGap(group, first, afterDamage ? DamagedGap : DeclaredGap);

    /// <summary>Declares what lies between the end of a group and an index, if anything.</summary>
    private void AddGap(int group, long end, ReadOnlyMemory<byte> cause)
    {
        var start = ends[Math.Max(group, 0)];
        if (start >= end)
        {
            return;
        }

        var gap = V1.Gap.Parser.ParseFrom(cause.Span);
        EventChecks.Mend(gap);
        gap.Range = new() { StartSample = start, EndSample = end };
        if (group == SpoolRecord.AllGroups)
        {
            Array.Fill(ends, end);
        }
        else
        {
            ends[group] = end;
            if (ends.Length > 1)
            {
                gap.ChannelGroup = group;
            }
        }

        // Of the others nobody knows whether they were ever taken.
        var isLoss = cause.Equals(TooLargeGap) || cause.Equals(DamagedGap);
        placed.Add(new(new() { Gap = gap }, End) { IsLoss = isLoss });
    }

    private void Add(V1.AppendRequest request) => placed.Add(new(request, End));

    private void PlaceAnnotations(V1.AppendAnnotations message)
    {
        foreach (var annotation in message.Annotations.Where(a => a.HasStartSample || a.Onset is null))
        {
            annotation.StartSample += Origin;
        }

        // Records were larger once than a service takes a message.
        foreach (var batch in EventBatches.Cut(message.Annotations))
        {
            Add(new() { Annotations = new() { Annotations = { batch } } });
        }
    }

    private V1.AppendTimeAnchors Shift(V1.AppendTimeAnchors message)
    {
        foreach (var anchor in message.Anchors)
        {
            anchor.Sample += Origin;
        }

        return message;
    }
}

/// <summary>A message for the stream.</summary>
/// <param name="Request">It.</param>
/// <param name="Through">Where the stream stands, in all groups, when it is durable.</param>
internal readonly record struct PlacedMessage(V1.AppendRequest Request, long Through)
{
    /// <summary>Whether it declares samples that were spooled and cannot be sent.</summary>
    public bool IsLoss { get; init; }
}
