using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Jobs;

/// <summary>How runs and their logs look.</summary>
internal static class RunView
{
    public static void Write(CliOutput output, Run run)
    {
        if (output.IsJson)
        {
            output.WriteMessage(run);
            return;
        }

        output.WriteLine($"{IdOf(run)}  {StateOf(run)}{(run.DryRun ? " (dry run)" : "")}  {MessageOf(run)}".TrimEnd());
        if (run.EndTime is null && run.Progress is { } progress)
            output.WriteLine($"  {ProgressOf(progress)}");
        if (run.State is RunState.Waiting)
            output.WriteLine($"  {WaitOf(run)}");
        foreach (var (what, count) in run.Results.OrderBy(result => result.Key, StringComparer.Ordinal))
            output.WriteLine($"  {what}: {Figures.Count(count)}");
        foreach (var attempt in run.Attempts.Where(attempt => attempt.Error is not null))
            output.WriteLine($"  attempt {attempt.Attempt} on {attempt.Worker}: {attempt.Error.Message}");
    }

    public static void Write(CliOutput output, ListRunsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }

        if (list.Runs.Count == 0)
        {
            output.WriteLine("No runs.");
            return;
        }

        var table = new TextTable("RUN", "STATE", "BY", "DUE", "BEGAN", "TOOK", "ATTEMPTS", "MESSAGE");
        foreach (var run in list.Runs)
        {
            table.Add(
                IdOf(run),
                StateOf(run),
                run.Creator.Length > 0 ? run.Creator : run.Trigger.ToString().ToLowerInvariant(),
                Shown.Time(run.ScheduledTime),
                Shown.Time(run.StartTime),
                TookOf(run),
                $"{run.Attempts.Count}",
                Shown.Brief(MessageOf(run), 60)
            );
        }

        table.WriteTo(output);
        output.NoteMore(list.NextPageToken);
    }

    public static void Write(CliOutput output, BackfillJobResponse backfill)
    {
        if (output.IsJson)
            output.WriteMessage(backfill);
        else
            output.WriteLine(
                $"{Figures.Count(backfill.RunCount, "run was", "runs were")} queued; see with 'dendrite job runs'."
            );
    }

    public static void Write(CliOutput output, RunLogLine line)
    {
        if (output.IsJson)
            output.WriteMessage(line);
        else
            output.WriteLine(Line(line));
    }

    /// <summary>A log line on one line; a log may hold what a terminal would obey.</summary>
    public static string Line(RunLogLine line)
    {
        var level = line.Level switch
        {
            LogLevel.Error => "ERROR ",
            LogLevel.Warning => "WARN  ",
            _ => "",
        };
        return $"{line.Time.ToDateTimeOffset():HH:mm:ss.fff}Z  {level}{Shown.OnOneLine(line.Message)}";
    }

    /// <summary>As commands take it: <c>JOB/RUN</c>.</summary>
    public static string IdOf(Run run) => IdOf(run.Name);

    /// <param name="name">Resource name of a run.</param>
    public static string IdOf(string name) => name.Split('/') is [.., var job, _, var id] ? $"{job}/{id}" : name;

    public static string StateOf(Run run) => run.State.ToString().ToLowerInvariant();

    /// <summary>What follows a failed attempt, and when.</summary>
    public static string WaitOf(Run run) =>
        run.NextAttemptTime is { } next
            ? $"the next attempt is at {Shown.Time(next)}"
            : "the next attempt waits until nothing holds it up";

    private static string MessageOf(Run run) =>
        run.Report?.Fields.TryGetValue("message", out var message) == true ? message.StringValue : "";

    private static string TookOf(Run run) =>
        run is { StartTime: { } start, EndTime: { } end }
            ? $"{(end.ToDateTimeOffset() - start.ToDateTimeOffset()).TotalSeconds:0.0} s"
            : "";

    private static string ProgressOf(OperationProgress progress) =>
        progress.HasTotal
            ? $"{progress.Step}: {Figures.Count(progress.Done)} of {Figures.Count(progress.Total)} {progress.Unit}"
            : $"{progress.Step}: {Figures.Count(progress.Done)} {progress.Unit}";
}
