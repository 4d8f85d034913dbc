namespace Dendrite.Client.Spools;

/// <summary>What is kept of a message on its way: not its samples.</summary>
internal readonly record struct InFlight
{
    public InFlight(long bytes, SpoolMark? behind, long through, V1.AppendRequest request)
    {
        var block = request.Block;
        Bytes = bytes;
        Behind = behind;
        Through = through;
        ChannelGroup = block?.ChannelGroup ?? SpoolRecord.AllGroups;
        SampleCount = block?.SampleCount ?? 0;
        Event = request.Annotations is null && request.TimeAnchors is null ? null : request;
    }

    /// <summary>What it holds of the window.</summary>
    public long Bytes { get; }

    /// <summary>The position behind its record; null where more messages of the record follow.</summary>
    public SpoolMark? Behind { get; }

    /// <summary>Where the stream must stand after it.</summary>
    public long Through { get; }

    /// <summary>The group of a block; -1 of what is none.</summary>
    public int ChannelGroup { get; }

    /// <summary>Samples of each channel of a block; 0 of what is none.</summary>
    public int SampleCount { get; }

    /// <summary>The message of annotations or anchors; null of what is none.</summary>
    public V1.AppendRequest? Event { get; }

    public long SentAt { get; init; }
}
