namespace Dendrite.Signals.Blocks;

/// <summary>
/// Reads the channels that one <see cref="ChannelEncoding"/> laid down. Without state, so one instance serves all
/// blocks and threads; <see cref="ChannelDecoders"/> has them by number.
/// </summary>
internal abstract class ChannelDecoder
{
    /// <summary>
    /// Whether a channel may need the samples of earlier channels of its block. Then it is only ever decoded after all
    /// of them, so that a chain of references costs no recursion, and decoding it alone costs decoding those too.
    /// </summary>
    public virtual bool UsesEarlierChannels => false;

    /// <summary>
    /// Where <see cref="UsesEarlierChannels"/>: the first of the channels that this one may need, directly or by way of
    /// others.
    /// </summary>
    public virtual int FirstNeeded(int channel) => 0;

    /// <summary>Whether the encoding exists for channels of this type.</summary>
    public abstract bool Reads(SampleType type);

    /// <summary>Whether a channel of such a block can take so many bytes: checked before it is decoded.</summary>
    public abstract bool CanTake(int payloadBytes, in BlockHeader header);

    /// <summary>Decodes one channel. Total: any payload gives samples or the typed error.</summary>
    /// <param name="source">The channel; its length has passed <see cref="CanTake"/>.</param>
    /// <param name="samples">
    /// Takes exactly <see cref="BlockHeader.ChannelBytes"/>; what it holds before is noise.
    /// </param>
    /// <exception cref="BlockFormatException">The payload contradicts itself or the header.</exception>
    public abstract void Decode(in ChannelSource source, Span<byte> samples);
}

/// <summary>What a channel is decoded from.</summary>
internal readonly ref struct ChannelSource
{
    /// <summary>The block's header: type and number of samples.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>Index of the channel in its block.</summary>
    public required int Channel { get; init; }

    /// <summary>The channel's bytes in the block.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>
    /// The channels before this one, decoded, planar; only where <see cref="ChannelDecoder.UsesEarlierChannels"/>.
    /// </summary>
    public ReadOnlySpan<byte> Earlier { get; init; }

    /// <summary>Index of the first channel in <see cref="Earlier"/>.</summary>
    public int EarliestChannel { get; init; }

    /// <summary>The samples of an earlier channel.</summary>
    /// <exception cref="BlockFormatException"><paramref name="channel"/> is not before this one.</exception>
    public ReadOnlySpan<byte> EarlierChannel(int channel)
    {
        if (channel < EarliestChannel || channel >= Channel)
        {
            throw new BlockFormatException(
                BlockFault.MalformedChannel,
                $"Channel {Channel} refers to channel {channel}; it can only refer to those before it."
            );
        }
        return Earlier.Slice((channel - EarliestChannel) * Header.ChannelBytes, Header.ChannelBytes);
    }
}
