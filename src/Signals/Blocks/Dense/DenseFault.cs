namespace Dendrite.Signals.Blocks.Dense;

/// <summary>The one error of a dense payload: it contradicts itself.</summary>
internal static class DenseFault
{
    public static BlockFormatException Malformed(string what) =>
        new(BlockFault.MalformedChannel, $"A densely encoded channel cannot be read: {what}.");
}
