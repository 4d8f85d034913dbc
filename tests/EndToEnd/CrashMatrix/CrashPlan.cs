namespace Dendrite.EndToEnd.CrashMatrix;

/// <summary>What is killed when, out of a seed.</summary>
/// <param name="Victims">One, or two at once.</param>
/// <param name="AfterAcknowledgements">How many more acknowledgements are waited for first.</param>
/// <param name="Which">Which of several backends.</param>
/// <param name="Pause">How long a network stays away.</param>
internal sealed record Crash(IReadOnlyList<Victim> Victims, int AfterAcknowledgements, int Which, TimeSpan Pause);

/// <summary>How much is killed: a minute's worth, or as much as the environment says (docs/testing.md).</summary>
internal sealed record CrashPlan(int Seed, int Kills)
{
    public const int Gateways = 20;
    private const int MaxPauseMilliseconds = 1_500;

    /// <summary>Two of each on average: what a build can wait for.</summary>
    private const int UsualKills = 14;

    public static CrashPlan FromEnvironment() =>
        new(Read("DENDRITE_CRASH_SEED", 1), Read("DENDRITE_CRASHES", UsualKills));

    /// <summary>
    /// Every victim in turn, in a new order each round, so that a short run misses none; every fourth time together
    /// with another one.
    /// </summary>
    public IEnumerable<Crash> Crashes()
    {
        var random = new Random(Seed);
        for (var kills = 0; kills < Kills; )
        {
            var round = Enum.GetValues<Victim>();
            random.Shuffle(round);
            foreach (var victim in round.TakeWhile(_ => kills < Kills))
            {
                var other = round[random.Next(round.Length)];
                Victim[] victims =
                    random.Next(4) == 0 && other != victim && kills + 1 < Kills ? [victim, other] : [victim];
                kills += victims.Length;
                yield return new(
                    victims,
                    random.Next(1, 3 * Gateways),
                    random.Next(1_000),
                    TimeSpan.FromMilliseconds(random.Next(MaxPauseMilliseconds))
                );
            }
        }
    }

    private static int Read(string variable, int usual) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text) : usual;
}
