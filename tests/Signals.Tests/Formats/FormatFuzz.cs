using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats;

/// <summary>Damages files at random: whatever their bytes, a reader gives a recording or says what is wrong.</summary>
internal static class FormatFuzz
{
    public const int Cases = 300;
    private const string Likely = "0123456789+-.,;:=[]<>/eE \0\r\n%'\"";

    /// <summary>A failure names its seed, which replays it.</summary>
    /// <returns>How many of the damaged recordings could be read all the same.</returns>
    public static async Task<int> RunAsync(params (string Name, byte[] Content)[] files)
    {
        int read = 0;
        for (int seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            int victim = random.Next(files.Length);
            var damaged = files.Select((file, i) => i == victim ? (file.Name, Damage(file.Content, random)) : file);
            try
            {
                await ReadAsync(new FilesInMemory([.. damaged]));
                read++;
            }
            catch (RecordingFormatException error)
            {
                Assert.True(error.Problem.Length > 10 && error.Offset >= 0, $"Seed {seed}: {error.Message}");
            }
            catch (Exception error)
            {
                Assert.Fail($"Seed {seed}: {error}");
            }
        }
        return read;
    }

    private static async Task ReadAsync(FilesInMemory files)
    {
        var reader = await files.OpenAsync();
        for (int stream = 0; stream < reader.Recording.Streams.Count; stream++)
        {
            long next = 0;
            await foreach (var piece in reader.ReadAsync(stream, 0, TestContext.Current.CancellationToken))
            {
                Assert.Equal(next, piece.FirstSample);
                next += piece.SampleCount;
            }
            Assert.Equal(reader.Recording.Streams[stream].SampleCount, next);
        }
    }

    private static byte[] Damage(byte[] intact, Random random)
    {
        byte[] file = random.Next(4) == 0 ? intact[..random.Next(intact.Length + 1)] : [.. intact];
        for (int change = random.Next(1, 6); change > 0 && file.Length > 0; change--)
        {
            // Half the damage hits the beginning, where it does most.
            int reach = random.Next(2) == 0 ? file.Length : Math.Min(file.Length, 1024);
            file[random.Next(reach)] = (byte)(
                random.Next(3) == 0 ? random.Next(256) : Likely[random.Next(Likely.Length)]
            );
        }
        return file;
    }
}
