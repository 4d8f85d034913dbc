using System.Diagnostics;

namespace Dendrite.Benchmarks.Measuring;

/// <summary>
/// Measures two contenders in turns, so that what the machine does meanwhile falls on both alike. Each first runs for
/// the warm-up, which also finds the number of operations that fills a round.
/// </summary>
/// <param name="Rounds">Measured turns of each.</param>
/// <param name="Round">About the time of one.</param>
/// <param name="WarmUp">Time for the runtime to compile and optimize; at least this long for each.</param>
public sealed record Contest(int Rounds, TimeSpan Round, TimeSpan WarmUp)
{
    /// <summary>Operations of the first turn, and the fewest of any: 1 where a single one takes long.</summary>
    public int FewestOperations { get; init; } = 8;

    /// <summary>A run that hangs ends the benchmark, not the reader's patience.</summary>
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(1);

    public static Contest For(Extent extent) =>
        extent == Extent.Tiny
            ? new Contest(Rounds: 1, Round: TimeSpan.Zero, WarmUp: TimeSpan.Zero)
            : new Contest(Rounds: 7, Round: TimeSpan.FromSeconds(0.7), WarmUp: TimeSpan.FromSeconds(2));

    public async Task<(Outcome Subject, Outcome Baseline)> RunAsync(
        Contender subject,
        Contender baseline,
        CancellationToken cancellationToken
    )
    {
        var subjectCount = await WarmUpAsync(subject, cancellationToken);
        var baselineCount = await WarmUpAsync(baseline, cancellationToken);

        var ofSubject = new List<Turn>();
        var ofBaseline = new List<Turn>();
        for (var round = 0; round < Rounds; round++)
        {
            ofSubject.Add(await MeasureAsync(subject, subjectCount, cancellationToken));
            ofBaseline.Add(await MeasureAsync(baseline, baselineCount, cancellationToken));
        }

        return (Summarize(ofSubject), Summarize(ofBaseline));
    }

    private async Task<int> WarmUpAsync(Contender contender, CancellationToken cancellationToken)
    {
        var spent = TimeSpan.Zero;
        var count = FewestOperations;
        while (true)
        {
            var turn = await MeasureAsync(contender, count, cancellationToken);
            spent += turn.Elapsed;
            if (turn.Elapsed >= Round && spent >= WarmUp)
            {
                return Math.Max(FewestOperations, (int)(count * (Round / turn.Elapsed)));
            }

            if (turn.Elapsed < Round)
            {
                count *= 2;
            }
        }
    }

    private static async Task<Turn> MeasureAsync(Contender contender, int count, CancellationToken cancellationToken)
    {
        var allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        var processorBefore = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await contender.RunAsync(count).WaitAsync(LongestRun, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var processor = Environment.CpuUsage.TotalTime - processorBefore;
        return new Turn(count, elapsed, GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore, processor);
    }

    private static Outcome Summarize(IReadOnlyCollection<Turn> turns) =>
        new(
            new Series(turns.Select(turn => turn.Count / turn.Elapsed.TotalSeconds)),
            new Series(turns.Select(turn => (double)turn.AllocatedBytes / turn.Count)),
            new Series(turns.Select(turn => turn.Processor.TotalMicroseconds / turn.Count))
        );

    private sealed record Turn(int Count, TimeSpan Elapsed, long AllocatedBytes, TimeSpan Processor);
}
