using Dendrite.Client.Spools;

namespace Dendrite.Client.Tests.Spools;

public sealed class SpoolCursorTests : IDisposable
{
    private const int SamplesPerBlock = 10;
    private const int BlocksOfGroup = 60;
    private const int PayloadBytes = 1_000;

    private readonly TempDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void What_damage_cost_is_a_loss_of_every_channel_group()
    {
        using (var spool = Open())
        {
            for (var first = 0; first < BlocksOfGroup * SamplesPerBlock; first += SamplesPerBlock)
            {
                Assert.True(spool.TryAppend(Block(0, first)));
                Assert.True(spool.TryAppend(Block(1, first)));
            }
        }

        var segment = directory.Files("*.spool")[2];
        var bytes = File.ReadAllBytes(segment);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(segment, bytes);

        var messages = Read();

        var gaps = messages.Where(message => message.Request.Gap is not null).ToArray();
        Assert.Equal([0, 1], gaps.Select(gap => gap.Request.Gap.ChannelGroup).Order());
        Assert.All(gaps, gap => Assert.True(gap.IsLoss, gap.Request.Gap.Note));
        var lost = gaps.Sum(gap => gap.Request.Gap.Range.EndSample - gap.Request.Gap.Range.StartSample);
        var read = messages.Count(message => message.Request.Block is not null);
        Assert.Equal(((2 * BlocksOfGroup) - read) * SamplesPerBlock, lost);
    }

    private List<PlacedMessage> Read()
    {
        using var spool = Open();
        var state = SpoolStateFile.Open(directory.Path, "projects/p/branches/b/streams/s", "layout");
        var cursor = new SpoolCursor(spool, state, [0, 0], SpoolMark.At(spool, state.State), 1 << 20);
        var messages = new List<PlacedMessage>();
        while (cursor.Next() is { } record)
        {
            messages.AddRange(record.Messages);
        }

        return messages;
    }

    private Spool Open() => Spool.Open(new(directory.Path, 160 << 10, 2), SpoolLock.Take(directory.Path));

    private static SpoolRecord Block(int group, long first) =>
        new(SpoolKind.Block, group, first, SamplesPerBlock, new byte[PayloadBytes]);
}
