namespace Dendrite.Signals.Blocks;

/// <summary>
/// Turns between the two orders of samples: devices deliver them interleaved (every channel of instant 0, then of
/// instant 1, ...), blocks hold them planar (every instant of channel 0, then of channel 1, ...).
/// </summary>
public static class Planar
{
    // A tile of 32 by 32 int16 is 2 KiB each way: both stay in the first-level cache.
    private const int Tile = 32;

    /// <summary>Every instant of channel 0, then of channel 1, ...</summary>
    /// <param name="interleaved">Whole instants.</param>
    /// <param name="channelCount">Number of channels.</param>
    /// <param name="planar">As long as <paramref name="interleaved"/>.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other or the channels.</exception>
    public static void FromInterleaved<T>(ReadOnlySpan<T> interleaved, int channelCount, Span<T> planar)
        where T : unmanaged => Transpose(interleaved, planar, interleaved.Length / channelCount, channelCount);

    /// <summary>Every channel of instant 0, then of instant 1, ...</summary>
    /// <param name="planar">Equally many samples of each channel.</param>
    /// <param name="channelCount">Number of channels.</param>
    /// <param name="interleaved">As long as <paramref name="planar"/>.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other or the channels.</exception>
    public static void ToInterleaved<T>(ReadOnlySpan<T> planar, int channelCount, Span<T> interleaved)
        where T : unmanaged => Transpose(planar, interleaved, channelCount, planar.Length / channelCount);

    private static void Transpose<T>(ReadOnlySpan<T> source, Span<T> target, int rows, int columns)
    {
        if (source.Length != target.Length || source.Length != rows * columns)
        {
            throw new ArgumentException(
                $"{source.Length} samples do not fit {rows} x {columns} in room for {target.Length}.",
                nameof(source)
            );
        }
        for (int top = 0; top < rows; top += Tile)
        {
            int bottom = Math.Min(top + Tile, rows);
            for (int left = 0; left < columns; left += Tile)
            {
                int right = Math.Min(left + Tile, columns);
                for (int column = left; column < right; column++)
                {
                    for (int row = top; row < bottom; row++)
                    {
                        target[(column * rows) + row] = source[(row * columns) + column];
                    }
                }
            }
        }
    }
}
