using Dendrite.Signals.Blocks;

namespace Dendrite.Client.Appending;

/// <summary>How large a block may be, as the service said when the stream was opened.</summary>
internal static class BlockLimit
{
    /// <summary>The largest payload, in bytes; any where the service does not say.</summary>
    public static int Of(V1.AppendOpened opened) => opened.MaxBlockBytes > 0 ? opened.MaxBlockBytes : int.MaxValue;

    /// <summary>Raw samples of one group that fit though they do not compress, in bytes; at least 1.</summary>
    public static int RawBytesOf(V1.AppendOpened opened, int channelCount) =>
        Math.Max(1, Of(opened) - BlockHeader.SizeBytes - (channelCount * BlockHeader.DirectoryEntryBytes));
}
