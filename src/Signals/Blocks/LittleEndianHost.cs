namespace Dendrite.Signals.Blocks;

/// <summary>
/// Samples are read and written in place, as the host lays them out, which is the format's order on all hosts we run
/// on.
/// </summary>
internal static class LittleEndianHost
{
    public static void Require()
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Blocks are read and written on little-endian hosts only.");
        }
    }
}
