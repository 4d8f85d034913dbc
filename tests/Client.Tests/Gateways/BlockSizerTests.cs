using Dendrite.Client.Gateways;

namespace Dendrite.Client.Tests.Gateways;

public sealed class BlockSizerTests
{
    private const int Min = 8 << 10;
    private const int Max = 512 << 10;
    private static readonly TimeSpan Target = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(50);

    private long now;

    [Fact]
    public void Full_blocks_that_are_acknowledged_in_time_make_the_next_ones_larger_up_to_the_limit()
    {
        var sizer = NewSizer();
        List<int> sizes = [sizer.Bytes];
        for (var i = 0; i < 20; i++)
        {
            Acknowledge(sizer, sizer.Bytes, Quick);
            sizes.Add(sizer.Bytes);
        }

        Assert.Equal(64 << 10, sizes[0]);
        Assert.Equal(Max, sizes[^1]);
        Assert.All(sizes.Zip(sizes.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 0, Max / 16));
    }

    [Fact]
    public void A_broken_connection_halves_the_size_and_never_below_the_least()
    {
        var sizer = NewSizer();
        List<int> sizes = [];
        for (var i = 0; i < 6; i++)
        {
            sizer.OnBroken(++now);
            sizes.Add(sizer.Bytes);
        }

        Assert.Equal([32 << 10, 16 << 10, Min, Min, Min, Min], sizes);
    }

    [Fact]
    public void Many_late_acknowledgements_of_one_trouble_shrink_once()
    {
        var sizer = NewSizer();
        var sent = ++now;
        for (var i = 0; i < 10; i++)
        {
            sizer.OnAcknowledged(sizer.Bytes, sent, ++now, Target * 2);
        }

        Assert.Equal(32 << 10, sizer.Bytes);
        sizer.OnAcknowledged(sizer.Bytes, ++now, ++now, Target * 2);
        Assert.Equal(16 << 10, sizer.Bytes);
    }

    [Fact]
    public void Blocks_that_were_cut_by_age_say_nothing()
    {
        var sizer = NewSizer();
        for (var i = 0; i < 100; i++)
        {
            Acknowledge(sizer, 1_000, Quick);
        }

        Assert.Equal(64 << 10, sizer.Bytes);
    }

    [Fact]
    public void No_block_is_larger_than_the_platform_takes_and_where_it_takes_more_again_they_grow()
    {
        var sizer = NewSizer();
        List<(int From, int To)> told = [];
        sizer.Changed = (from, to, _) => told.Add((from, to));
        sizer.Limit(Min / 2);
        Assert.Equal(Min / 2, sizer.Bytes);
        sizer.OnBroken(++now);
        Acknowledge(sizer, sizer.Bytes, Quick);
        Assert.Equal(Min / 2, sizer.Bytes);
        sizer.Limit(Max * 2);
        for (var i = 0; i < 20; i++)
        {
            Acknowledge(sizer, sizer.Bytes, Quick);
        }

        Assert.Equal(Max, sizer.Bytes);
        Assert.Equal((64 << 10, Min / 2), told[0]);
        Assert.All(told.Skip(1), change => Assert.True(change.To > change.From));
    }

    /// <summary>
    /// A link that breaks after so many bytes on average: with the rule, more of what is sent arrives than with large
    /// blocks, and it takes fewer messages than with small ones.
    /// </summary>
    [Fact]
    public void On_a_link_that_breaks_the_rule_wastes_less_than_large_blocks_and_sends_fewer_than_small_ones()
    {
        var ruled = Send(breakEvery: 200 << 10, sizer => sizer.Bytes);
        var large = Send(breakEvery: 200 << 10, _ => Max);
        var small = Send(breakEvery: 200 << 10, _ => Min);
        Assert.True(ruled.Wasted < large.Wasted / 2, $"{ruled} against {large}");
        Assert.True(ruled.Messages < small.Messages / 2, $"{ruled} against {small}");
        Assert.InRange(ruled.Mean, Min, 200 << 10);
    }

    [Fact]
    public void The_host_is_told_of_decreases_and_doublings_and_not_of_every_step()
    {
        var sizer = NewSizer();
        List<(int From, int To)> told = [];
        sizer.Changed = (from, to, _) => told.Add((from, to));
        for (var i = 0; i < 50; i++)
        {
            Acknowledge(sizer, sizer.Bytes, Quick);
        }

        sizer.OnBroken(++now);
        Assert.Equal([(64, 128), (128, 256), (256, 512), (512, 256)], told.Select(Kibibytes));
    }

    private static (int From, int To) Kibibytes((int From, int To) change) => (change.From >> 10, change.To >> 10);

    private static BlockSizer NewSizer() => new(Min, Max, Target);

    private void Acknowledge(BlockSizer sizer, int bytes, TimeSpan elapsed) =>
        sizer.OnAcknowledged(bytes, ++now, ++now, elapsed);

    private (long Wasted, int Messages, double Mean) Send(int breakEvery, Func<BlockSizer, int> sizeOf)
    {
        const long Total = 64L << 20;
        var random = new Random(7);
        var sizer = NewSizer();
        var (wasted, messages, arrived) = (0L, 0, 0L);
        while (arrived < Total)
        {
            var size = sizeOf(sizer);
            messages++;
            // As many bytes as get through before the link breaks are exponential: it has no memory.
            if (random.NextDouble() > Math.Exp(-(double)size / breakEvery))
            {
                wasted += size;
                sizer.OnBroken(++now);
            }
            else
            {
                arrived += size;
                Acknowledge(sizer, size, Quick);
            }
        }

        return (wasted, messages, (double)arrived / messages);
    }
}
