using System.Globalization;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Care;

/// <summary>How care of tables looks.</summary>
internal static class CareView
{
    public static void Write(CliOutput output, PreviewStorageCareResponse plan)
    {
        if (output.IsJson)
        {
            output.WriteMessage(plan);
            return;
        }

        output.WriteLine(Describe(plan.Quiet));
        if (plan.Tables.Count == 0)
        {
            output.WriteLine("Nothing is to be done about any table. See all of them with --all.");
            return;
        }

        var table = new TextTable("TABLE", "SIZE", "DEAD", "AIR", "AGE", "DUE", "ACTION", "WHEN", "WHY");
        foreach (var (care, decision) in plan.Tables.SelectMany(each => each.Decisions, (each, made) => (each, made)))
        {
            table.Add(
                decision.Index.Length > 0 ? decision.Index : care.Table,
                Figures.Bytes(care.HeapBytes + care.ToastBytes + care.IndexBytes),
                $"{Part(care.DeadRatio)} {Figures.Bytes(care.DeadBytes)}",
                care.HasAirRatio ? Part(care.AirRatio) : "",
                Part(care.FreezeRatio),
                ForecastView.When(care.Due),
                Shown.Words(decision.Action),
                When(decision),
                decision.Reason
            );
        }

        table.WriteTo(output);
        if (!plan.CanAct)
        {
            output.WriteLine(
                "This is only said, and left to the server's own vacuum: ConnectionStrings:care is not configured."
            );
        }
    }

    public static void Write(CliOutput output, ListCareActionsResponse actions)
    {
        if (output.IsJson)
        {
            output.WriteMessage(actions);
            return;
        }

        if (actions.Actions.Count == 0)
        {
            output.WriteLine("Nothing was done about any table yet.");
            return;
        }

        var table = new TextTable("BEGAN", "TOOK", "TABLE", "ACTION", "OUTCOME", "SIZE", "DEAD ROWS", "WHY");
        foreach (var action in actions.Actions)
        {
            table.Add(
                Shown.Time(action.StartTime),
                Took(action),
                action.Index.Length > 0 ? action.Index : action.Table,
                Shown.Words(action.Action) + (action.Urgent ? " (urgent)" : ""),
                Shown.Words(action.Outcome) + (action.Message.Length > 0 ? $": {action.Message}" : ""),
                action.HasBytesAfter
                    ? $"{Figures.Bytes(action.BytesBefore)} -> {Figures.Bytes(action.BytesAfter)}"
                    : Figures.Bytes(action.BytesBefore),
                action.HasDeadRowsAfter
                    ? $"{Figures.Count(action.DeadRowsBefore)} -> {Figures.Count(action.DeadRowsAfter)}"
                    : Figures.Count(action.DeadRowsBefore),
                action.Reason
            );
        }

        table.WriteTo(output);
        output.NoteMore(actions.NextPageToken);
    }

    private static string Describe(QuietTimes quiet)
    {
        var (now, limit) = (quiet.BytesPerSecond, quiet.LimitBytesPerSecond);
        var written = $"{Figures.Bytes((long)now)} a second are written";
        var rate = (quiet.QuietNow, quiet.HasBytesPerSecond) switch
        {
            (true, true) => $"It is a quiet time: {written}, up to {Figures.Bytes((long)limit)} are quiet",
            (true, false) => "It is a quiet time",
            // Little is written, and usually more at this hour: it may begin again at any moment.
            (false, true) when now <= limit => $"{written}, and still this hour is usually busy",
            (false, true) => $"It is no quiet time: {written}, up to {Figures.Bytes((long)limit)} are quiet",
            _ => "This hour is usually busy",
        };
        var next = quiet.NextTime is { } time ? $"; the next quiet hour begins {Shown.Time(time)}" : "";
        var known = quiet.Learned ? "" : " (as configured: too few days are known)";
        return $"{rate}{next}{known}.";
    }

    private static string When(CareDecision decision) =>
        decision.Timing switch
        {
            CareTiming.Urgent => "now, urgently",
            CareTiming.Now => "now",
            CareTiming.Later => decision.Time is { } time ? Shown.Time(time) : "later",
            _ => "never by itself",
        };

    private static string Took(CareActionRecord action) =>
        action.EndTime is { } end
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{(end.ToDateTime() - action.StartTime.ToDateTime()).TotalSeconds:0.0} s"
            )
            : "goes on";

    private static string Part(double ratio) => ratio.ToString("0.#%", CultureInfo.InvariantCulture);
}
