namespace Dendrite.EndToEnd.Scheduling.Kills;

/// <summary>
/// How often the replica that does some work is killed, and after how much of it, out of a seed: as many as a build can
/// wait for, or as the environment says (docs/testing.md).
/// </summary>
internal sealed class KillPlan
{
    private const int UsualKills = 3;
    private const int MaxPauseMilliseconds = 20;

    private readonly Random random;

    private KillPlan(int seed, int kills, int task) => (Seed, Kills, random) = (seed, kills, new(seed * 31 + task));

    public int Seed { get; }

    public int Kills { get; }

    /// <param name="task">Tells the tests apart, so that they do not kill alike.</param>
    public static KillPlan FromEnvironment(int task) =>
        new(Read("DENDRITE_KILL_SEED", 1), Read("DENDRITE_KILLS", UsualKills), task);

    /// <summary>What is done before each kill.</summary>
    /// <param name="mostSteps">The work has more than this many steps for each kill.</param>
    public IEnumerable<Kill> List(int mostSteps) =>
        Enumerable
            .Range(0, Kills)
            .Select(_ => new Kill(
                random.Next(1, mostSteps + 1),
                TimeSpan.FromMilliseconds(random.Next(MaxPauseMilliseconds)),
                random.Next(2) == 0
            ));

    private static int Read(string variable, int usual) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text) : usual;
}

/// <summary>One of them.</summary>
/// <param name="AfterSteps">How much more is done first.</param>
/// <param name="Pause">And how long after that: in the midst of a step.</param>
/// <param name="TakesAll">Whether every replica that has to do with the work is killed, or one.</param>
internal readonly record struct Kill(int AfterSteps, TimeSpan Pause, bool TakesAll);
