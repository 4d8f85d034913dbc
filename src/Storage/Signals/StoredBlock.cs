using Dendrite.Signals.Blocks;
using Dendrite.Versioning;

namespace Dendrite.Storage.Signals;

/// <summary>A block as it was stored.</summary>
/// <param name="ChannelGroup">The group whose channels it holds.</param>
/// <param name="FirstSample">Index of its first sample in the stream.</param>
/// <param name="SampleCount">Samples of each channel.</param>
/// <param name="Version">The commit that wrote it.</param>
/// <param name="Payload">The encoded block that holds its samples, and maybe others around them: see
/// <see cref="PayloadStart"/>. Its own header carries a checksum. Blocks gathered into one share it.</param>
public sealed record StoredBlock(
    int ChannelGroup,
    long FirstSample,
    int SampleCount,
    CommitVersion Version,
    byte[] Payload
)
{
    /// <summary>A JSON object with the device's own facts about the block, or null.</summary>
    public string? MetadataJson { get; init; }

    /// <summary>
    /// The summaries of its channels (<see cref="BlockSummary"/>); empty unless they were read in place of the payload.
    /// </summary>
    public ReadOnlyMemory<byte> Summary { get; init; }

    /// <summary>
    /// SHA-256 of its samples, whatever the encoding; empty unless it was read in place of the payload.
    /// </summary>
    public ReadOnlyMemory<byte> SampleDigest { get; init; }

    /// <summary>
    /// Index of the first sample that the payload holds; before the block's own where it was gathered.
    /// </summary>
    public long PayloadStart { get; init; } = FirstSample;

    /// <summary>Whether the payload holds other samples than the block's own.</summary>
    /// <exception cref="BlockFormatException">The payload is no block.</exception>
    public bool SharesPayload => PayloadStart != FirstSample || BlockHeader.Read(Payload).SampleCount != SampleCount;

    /// <summary>Where it lies.</summary>
    public TimelineId Timeline { get; init; }

    public SampleRange Range => new(FirstSample, FirstSample + SampleCount);

    /// <summary>What a reader sees of it: all of it, unless other blocks hold some of its samples too.</summary>
    public SampleRange Visible { get; init; } = new(FirstSample, FirstSample + SampleCount);

    /// <summary>Masks that hide some of its channels in <see cref="Visible"/>; others may be seen there.</summary>
    public IReadOnlyList<SampleMask> ChannelMasks { get; init; } = [];

    /// <summary>
    /// The mask that hides all channels in <see cref="Visible"/>: then nothing of it may be shown. Null: none does.
    /// </summary>
    public SampleMask? HiddenBy { get; init; }
}

/// <summary>A half-open run of sample indexes.</summary>
public readonly record struct SampleRange(long Start, long End)
{
    public long Count => End - Start;

    public bool IsEmpty => End <= Start;

    /// <summary>What both have in common; empty where they have nothing.</summary>
    public SampleRange Intersect(SampleRange other)
    {
        var start = Math.Max(Start, other.Start);
        return new(start, Math.Max(start, Math.Min(End, other.End)));
    }

    /// <summary>What is left of it without other ranges, in order.</summary>
    /// <param name="others">In any order; may overlap.</param>
    public IReadOnlyList<SampleRange> Without(IEnumerable<SampleRange> others)
    {
        var start = Start;
        List<SampleRange> left = [];
        foreach (var other in others.OrderBy(other => other.Start))
        {
            if (other.Start >= End || other.End <= start)
            {
                continue;
            }

            if (other.Start > start)
            {
                left.Add(new(start, other.Start));
            }

            start = other.End;
        }

        if (start < End)
        {
            left.Add(new(start, End));
        }

        return left;
    }
}
