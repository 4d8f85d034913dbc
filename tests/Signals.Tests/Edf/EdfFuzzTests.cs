using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Edf;

public sealed class EdfFuzzTests
{
    private const int Cases = 1500;

    /// <summary>A failure names its seed, which replays it.</summary>
    [Theory]
    [InlineData(EdfVariant.Edf)]
    [InlineData(EdfVariant.EdfPlusDiscontinuous)]
    public async Task Any_damage_gives_a_recording_or_a_typed_error(EdfVariant variant)
    {
        byte[] intact = await EdfFixture.WriteAsync(variant);
        for (int seed = 0; seed < Cases; seed++)
        {
            byte[] file = Damage(intact, new Random(seed));
            try
            {
                await EdfFixture.ScanAsync(file);
                await EdfSamples.ReadAllAsync(new MemoryStream(file), CancellationToken.None);
            }
            catch (RecordingFormatException error)
            {
                Assert.InRange(error.Offset, 0, file.Length);
            }
            catch (Exception error)
            {
                Assert.Fail($"Seed {seed}: {error}");
            }
        }
    }

    private static byte[] Damage(byte[] intact, Random random)
    {
        byte[] file = random.Next(4) == 0 ? intact[..random.Next(intact.Length)] : [.. intact];
        const string likely = "0123456789+-.,eE \0\x14\x15";
        for (int change = random.Next(1, 6); change > 0 && file.Length > 0; change--)
        {
            // Half the damage hits the header's numbers, where it does most.
            int reach = random.Next(2) == 0 ? file.Length : Math.Min(file.Length, 1280);
            file[random.Next(reach)] = (byte)(
                random.Next(3) == 0 ? random.Next(256) : likely[random.Next(likely.Length)]
            );
        }
        return file;
    }
}
