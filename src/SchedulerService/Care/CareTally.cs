using System.Text.Json;
using Dendrite.SchedulerService.Care.Forecasting;
using Dendrite.Storage.Care;

namespace Dendrite.SchedulerService.Care;

/// <summary>What a run did about tables, or would do.</summary>
internal sealed class CareTally
{
    private readonly List<Dictionary<string, object>> lines = [];

    public static CareTally Nothing => new();

    public long Vacuumed { get; private set; }

    public long Rebuilt { get; private set; }

    public long Failed { get; private set; }

    /// <summary>Dead rows before less those after.</summary>
    public long DeadRowsRemoved { get; private set; }

    /// <summary>What is to be done now, of a plan.</summary>
    public long Due { get; private init; }

    /// <summary>What of a plan is due, or what the server refused; empty where there is nothing to say.</summary>
    public string Message { get; private set; } = "";

    /// <summary>Of each thing that was done, or is to be, for the run's report.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, object>> Lines => lines;

    /// <summary>What would be done, for a dry run: everything that is due now, later or by people.</summary>
    public static CareTally OfPlan(CarePlan plan)
    {
        var tally = new CareTally { Due = plan.Due.Count(), Message = Describe(plan) };
        foreach (var table in plan.Tables)
        {
            foreach (var decision in table.Decisions.Where(each => each.Action is not CareAction.None))
            {
                var line = Line(table.Facts.Table, decision);
                line["dead_rows_before"] = table.Facts.DeadRows + table.Facts.ToastDeadRows;
                tally.lines.Add(line);
            }
        }

        return tally;
    }

    public void Add(CareDecision decision, CareActionRecord done)
    {
        var line = Line(done.Table, decision);
        line["outcome"] = Name(done.Outcome);
        line["message"] = done.Message;
        line["bytes_before"] = done.BytesBefore;
        line["dead_rows_before"] = done.DeadRowsBefore;
        if (done is { BytesAfter: { } bytes, DeadRowsAfter: { } dead })
        {
            line["bytes_after"] = bytes;
            line["dead_rows_after"] = dead;
        }

        lines.Add(line);
        Count(done);
    }

    /// <summary>The figures of a run that did something.</summary>
    public void AddTo(Dictionary<string, long> results)
    {
        results["tables_vacuumed"] = Vacuumed;
        results["indexes_rebuilt"] = Rebuilt;
        results["dead_rows_removed"] = DeadRowsRemoved;
        results["care_failed"] = Failed;
    }

    /// <summary>Null where there is nothing to tell.</summary>
    public string? ToReport() =>
        lines.Count > 0 ? JsonSerializer.Serialize(new Dictionary<string, object> { ["tables"] = lines }) : null;

    private void Count(CareActionRecord done)
    {
        switch (done.Outcome)
        {
            case CareOutcome.Failed:
                Failed++;
                Message = $" Of {Failed} tables care failed; of the last, {done.Table}: {done.Message}.";
                break;
            case CareOutcome.Done when done.Kind is CareKind.RebuildIndex:
                Rebuilt++;
                break;
            case CareOutcome.Done:
                Vacuumed++;
                DeadRowsRemoved += Math.Max(0, done.DeadRowsBefore - (done.DeadRowsAfter ?? done.DeadRowsBefore));
                break;
        }
    }

    private static Dictionary<string, object> Line(string table, CareDecision decision)
    {
        var line = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["table"] = table,
            ["action"] = Name(decision.Action),
            ["timing"] = Name(decision.Timing),
            ["reason"] = decision.Reason,
        };
        if (decision.Index.Length > 0)
        {
            line["index"] = decision.Index;
        }

        if (decision.Time is { } later)
        {
            line["time"] = later.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        }

        return line;
    }

    private static string Describe(CarePlan plan)
    {
        var when =
            plan.Moment.IsQuiet ? "it is quiet"
            : plan.Moment.NextQuiet is { } next ? $"it is not quiet before {next.UtcDateTime:yyyy-MM-dd HH:mm}Z"
            : "no hour is quiet";
        return $"{plan.Due.Count()} things would be done about tables now: {when}.";
    }

    private static string Name<T>(T value)
        where T : struct, Enum =>
        string.Concat(
            value
                .ToString()
                .Select(
                    (letter, i) => i > 0 && char.IsUpper(letter) ? $"_{letter}" : $"{char.ToUpperInvariant(letter)}"
                )
        );
}
