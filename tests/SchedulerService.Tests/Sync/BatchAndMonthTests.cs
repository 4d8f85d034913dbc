using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.SchedulerService.Sync.Writing;

namespace Dendrite.SchedulerService.Tests.Sync;

public sealed class BatchAndMonthTests
{
    [Fact]
    public void A_batch_grows_by_a_step_above_95_percent_and_is_halved_below_85()
    {
        var size = new BatchSize(10, 1_000);
        Assert.Equal(100, size.Current);
        size.Observe(96, 100);
        Assert.Equal(199, size.Current);
        size.Observe(95, 100);
        Assert.Equal(199, size.Current);
        size.Observe(85, 100);
        Assert.Equal(199, size.Current);
        size.Observe(84, 100);
        Assert.Equal(99, size.Current);
        size.Observe(0, 0);
        Assert.Equal(99, size.Current);
    }

    [Theory]
    [InlineData(10, 1_000)]
    [InlineData(1, 1)]
    [InlineData(200, 300)]
    public void A_batch_stays_between_its_bounds(int least, int most)
    {
        var size = new BatchSize(least, most);
        var random = new Random(5);
        for (var i = 0; i < 1_000; i++)
        {
            size.Observe(random.Next(0, 101), 100);
            Assert.InRange(size.Current, least, most);
        }

        for (var i = 0; i < 20; i++)
            size.Observe(100, 100);
        Assert.Equal(most, size.Current);
        for (var i = 0; i < 20; i++)
            size.Observe(0, 100);
        Assert.Equal(least, size.Current);
    }

    [Fact]
    public void A_range_is_cut_at_the_beginnings_of_months()
    {
        var cut = BackfillMonths.Cut(At(2023, 12, 15), At(2024, 3, 1)).ToList();
        Assert.Equal(
            [(At(2023, 12, 15), At(2024, 1, 1)), (At(2024, 1, 1), At(2024, 2, 1)), (At(2024, 2, 1), At(2024, 3, 1))],
            cut
        );
    }

    [Fact]
    public void Months_are_those_of_UTC_and_a_short_range_is_one_part()
    {
        var from = new DateTimeOffset(2024, 1, 1, 0, 30, 0, TimeSpan.FromHours(2));
        var part = Assert.Single(BackfillMonths.Cut(from, from.AddHours(1)));
        Assert.Equal((from.ToUniversalTime(), from.AddHours(1).ToUniversalTime()), part);
        Assert.Empty(BackfillMonths.Cut(from, from));
    }

    [Fact]
    public async Task Requests_are_spread_over_the_second()
    {
        var clock = new StandingClock();
        var pace = new RequestPace(4, clock);
        for (var i = 0; i < 5; i++)
        {
            await pace.WaitAsync(default);
            // A clock that was ahead is put right meanwhile.
            clock.Now = clock.Now.AddHours(-1);
        }

        Assert.Equal([250, 500, 750, 1_000], clock.Waits.Select(wait => wait.TotalMilliseconds));
        var free = new RequestPace(0, clock);
        await free.WaitAsync(default);
        Assert.Equal(4, clock.Waits.Count);
    }

    private static DateTimeOffset At(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Stands still, and lets every wait be over at once.</summary>
    private sealed class StandingClock : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public DateTimeOffset Now { get; set; } = At(2026, 1, 1);

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
