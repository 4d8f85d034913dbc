using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf;
using LogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Runs;

/// <summary>
/// Gathers what a run says and writes it in batches, under the fencing token of its attempt. A task never waits for it,
/// and what it holds is bounded: lines beyond the limit are counted, and the count is the last line.
/// </summary>
internal sealed class RunJournal(RunJournalStore store, RunRecord run, TimeProvider time)
{
    /// <summary>Lines of an attempt; a task that says more says it in its report.</summary>
    public const int MaxLines = 10_000;

    /// <summary>What a line holds; the rest is cut.</summary>
    public const int MaxMessageLength = 4_000;

    private const int MaxStepLength = 200;

    private readonly Lock gate = new();
    private readonly SemaphoreSlim writing = new(1, 1);
    private List<RunLine> lines = [];
    private OperationProgress? progress;
    private int written;
    private long leftOut;

    public void Log(LogLevel level, string message)
    {
        var line = new RunLine(time.GetUtcNow(), (short)Math.Clamp((int)level, 1, 3), Cut(message, MaxMessageLength));
        lock (gate)
        {
            if (written >= MaxLines)
            {
                leftOut++;
                return;
            }

            written++;
            lines.Add(line);
        }
    }

    public void Tell(string step, long done, long? total, string unit)
    {
        var told = new OperationProgress
        {
            Step = Cut(step, MaxStepLength),
            Done = done,
            Unit = unit,
        };
        if (total is { } known)
            told.Total = known;
        lock (gate)
            progress = told;
    }

    /// <summary>Writes what was gathered. One round trip, none where nothing was said.</summary>
    /// <returns>False where the run is another's by now.</returns>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            var (batch, told) = Take();
            return batch.Count == 0 && told is null
                || await store.WriteAsync(
                    run,
                    batch,
                    told is null ? null : JsonFormatter.Default.Format(told),
                    cancellationToken
                );
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>The last of it: says how many lines were left out.</summary>
    /// <param name="lastWord">Said however many there were; null: nothing.</param>
    public Task<bool> CloseAsync((LogLevel Level, string Message)? lastWord, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (leftOut > 0)
            {
                var said = $"{leftOut} further lines were left out: an attempt has at most {MaxLines}.";
                lines.Add(new(time.GetUtcNow(), (short)LogLevel.Warning, said));
                leftOut = 0;
            }

            if (lastWord is var (level, message))
                lines.Add(new(time.GetUtcNow(), (short)level, Cut(message, MaxMessageLength)));
        }

        return FlushAsync(cancellationToken);
    }

    private (List<RunLine> Lines, OperationProgress? Progress) Take()
    {
        lock (gate)
        {
            var taken = (lines, progress);
            lines = [];
            progress = null;
            return taken;
        }
    }

    /// <summary>Cut, and without what PostgreSQL cannot hold.</summary>
    private static string Cut(string text, int length)
    {
        var clean = text.Replace('\0', '?');
        if (clean.Length <= length)
            return clean;
        // Not between the halves of a surrogate pair.
        var end = char.IsHighSurrogate(clean[length - 2]) ? length - 2 : length - 1;
        return $"{clean[..end]}…";
    }
}
