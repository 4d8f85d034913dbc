using System.Runtime.InteropServices;

namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>
/// A real recording, over and over: 4 channels of 3.3 s at 40 kHz, int16. Each channel to be made takes one of them
/// and begins at another place in it, so that no two are alike.
/// </summary>
internal sealed class RealEphys
{
    private const int RecordedChannels = 4;

    // Channels begin so far apart: no divisor of anything nearby.
    private const int Stride = 997;
    private readonly int channels;
    private readonly short[] interleaved;
    private long position;

    public RealEphys(int channels)
    {
        this.channels = channels;
        var path = Find() ?? throw new InvalidOperationException($"{File} is not beside the repository.");
        interleaved = MemoryMarshal.Cast<byte, short>(System.IO.File.ReadAllBytes(path)).ToArray();
    }

    private static string File => Path.Combine("shared", "data", "ephys", "openephys", "openephys_ch1-4_int16le.dat");

    /// <summary>Where it is, or null: not on this machine.</summary>
    public static string? Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent;
        }

        var path = folder?.Parent is { } above ? Path.Combine(above.FullName, File) : null;
        return System.IO.File.Exists(path) ? path : null;
    }

    /// <summary>Makes the next samples.</summary>
    /// <param name="planar">All of channel 0, then all of channel 1, ...</param>
    public void Read(Span<short> planar)
    {
        var count = planar.Length / channels;
        var length = interleaved.Length / RecordedChannels;
        for (var channel = 0; channel < channels; channel++)
        {
            for (var i = 0; i < count; i++)
            {
                var at = (int)((position + i + ((long)channel * Stride)) % length);
                planar[(channel * count) + i] = interleaved[(at * RecordedChannels) + (channel % RecordedChannels)];
            }
        }

        position += count;
    }
}
