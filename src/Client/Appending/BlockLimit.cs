using Dendrite.Signals.Blocks;

namespace Dendrite.Client.Appending;

/// <summary>How large a block may be, as the service said when the stream was opened.</summary>
internal static class BlockLimit
{
    /// <summary>The largest payload, in bytes; any where the service does not say.</summary>
    public static int Of(V1.AppendOpened opened) => opened.MaxBlockBytes > 0 ? opened.MaxBlockBytes : int.MaxValue;

    /// <summary>
    /// What a block may decode to, in bytes: a service takes no more, however little silence is when it is encoded.
    /// </summary>
    private const int MaxDecodedBytes = 16 << 20;

    /// <summary>Samples of each channel that any block may hold; at least 1.</summary>
    public static int SamplesOf(int instantBytes) =>
        Math.Clamp(MaxDecodedBytes / instantBytes, 1, BlockHeader.MaxSamples);

    /// <summary>Raw samples of one group that fit though they do not compress, in bytes; at least 1.</summary>
    public static int RawBytesOf(V1.AppendOpened opened, int channelCount) =>
        Math.Max(1, Of(opened) - BlockHeader.SizeBytes - (channelCount * BlockHeader.DirectoryEntryBytes));
}
