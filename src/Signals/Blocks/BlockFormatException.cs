namespace Dendrite.Signals.Blocks;

/// <summary>What is wrong with the bytes of a block.</summary>
public enum BlockFault
{
    /// <summary>The bytes do not begin with the magic of a block.</summary>
    NotABlock,

    /// <summary>The format version, a flag, a sample type or an encoding that this decoder does not know.</summary>
    Unsupported,

    /// <summary>The block ends before, or goes on after, where its header says.</summary>
    WrongLength,

    /// <summary>The bytes do not have the checksum in the header: damaged on the way or at rest.</summary>
    ChecksumMismatch,

    /// <summary>A count in the header is zero or above its limit.</summary>
    CountOutOfRange,

    /// <summary>A channel's payload contradicts itself.</summary>
    MalformedChannel,
}

/// <summary>Bytes that are not a readable block. The message says what was found and where.</summary>
public sealed class BlockFormatException(BlockFault fault, string message) : FormatException(message)
{
    public BlockFault Fault { get; } = fault;
}
