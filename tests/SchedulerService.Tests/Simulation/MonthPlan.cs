namespace Dendrite.SchedulerService.Tests.Simulation;

/// <summary>Plans the experiments of a month, by a seed: all things happen at whole hours.</summary>
internal static class MonthPlan
{
    private const int Hour = 60;
    private const int Day = 24 * Hour;
    private static readonly string[] Sorts = ["keeper", "scratch", "expiring", "disposable"];

    public static IEnumerable<Experiment> Make(Random random, int days, int perDay) =>
        from day in Enumerable.Range(0, days)
        from number in Enumerable.Range(0, perDay)
        select Make(random, $"e-{day:00}-{number:000}", (day * Day) + (random.Next(24) * Hour));

    private static Experiment Make(Random random, string id, int made)
    {
        int Later(int from, int hours) => from + (random.Next(1, hours) * Hour);
        bool OneIn(int count) => random.Next(count) == 0;
        var sort = OneIn(4) ? Sorts[random.Next(Sorts.Length)] : "plain";
        var end = OneIn(12) ? int.MaxValue : Later(made, 30);
        return new(id, made, sort)
        {
            End = end,
            Fails = OneIn(4),
            TaggedAt = OneIn(15) ? Later(made, 100) : int.MaxValue,
            Commits = OneIn(3) ? [Later(made, 20), Later(made, 9 * 24)] : [],
            Extension = sort == "expiring" || OneIn(15) ? (Later(made, 60), Later(made + (2 * Day), 15 * 24)) : null,
            Merge = OneIn(25) ? (Later(made, 20), Later(made + Day, 12 * 24)) : null,
            IsProtected = OneIn(30),
            RestoredAfter = OneIn(12) ? random.Next(1, 20) * Hour : null,
        };
    }
}
