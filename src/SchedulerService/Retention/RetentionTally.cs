using System.Text.Json;
using Dendrite.Storage.Retention;
using Dendrite.Storage.Scheduling;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Retention;

/// <summary>What a run did, as it goes on.</summary>
internal sealed class RetentionTally
{
    // The report is for people; the figures count everything.
    private const int MaxReported = 1000;

    private static readonly JsonSerializerOptions ReportJson = new(JsonSerializerDefaults.Web);
    private readonly List<Line> lines = [];
    private readonly HashSet<Guid> gone = [];
    private long deleted;
    private long kept;
    private long warned;
    private long waiting;
    private long refused;
    private long freeable;

    public long Seen { get; set; }

    public void Delete(JudgedBranch judged, long freeableBytes)
    {
        deleted++;
        freeable += freeableBytes;
        gone.Add(judged.Uid);
        Report(judged, "delete", judged.Reason);
    }

    /// <summary>What earlier attempts of the run deleted; what this one did is counted already.</summary>
    /// <param name="nameOf">Its resource name.</param>
    public void AddEarlier(IEnumerable<RetentionDeletion> done, Func<RetentionDeletion, string> nameOf)
    {
        foreach (var deletion in done.Where(deletion => gone.Add(deletion.BranchUid)))
        {
            Seen++;
            deleted++;
            freeable += deletion.FreeableBytes;
            Report(new Line(nameOf(deletion), "delete", deletion.Policy, deletion.Reason));
        }
    }

    /// <param name="isNews">Whether this run warned; one that was warned before is not counted again.</param>
    public void Warn(JudgedBranch judged, bool isNews)
    {
        warned += isNews ? 1 : 0;
        kept++;
        Report(judged, isNews ? "warn" : "keep", judged.Reason);
    }

    public void Wait(JudgedBranch judged)
    {
        waiting++;
        kept++;
        Report(judged, "wait", judged.Reason);
    }

    public void Keep(JudgedBranch judged)
    {
        kept++;
        // Whose time is not up is most of a project, every night; why others stay is worth a line.
        if (judged.Verdict.Cause is not RetentionCause.NotYet)
            Report(judged, "keep", judged.Reason);
    }

    /// <summary>The Branch service refused to delete it, or it is judged anew.</summary>
    public void Refuse(JudgedBranch judged, string why)
    {
        refused++;
        kept++;
        Report(judged, "keep", why);
    }

    public RunOutcome ToOutcome(bool dryRun)
    {
        var results = new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["branches_seen"] = Seen,
            [dryRun ? "branches_to_delete" : "branches_deleted"] = deleted,
            ["branches_kept"] = kept,
            ["branches_waiting"] = waiting,
            ["branches_refused"] = refused,
            [dryRun ? "owners_to_warn" : "owners_warned"] = warned,
            ["freeable_bytes"] = freeable,
        };
        var verb =
            dryRun ? "would be"
            : deleted == 1 ? "was"
            : "were";
        var branches = Counted.Of(Seen, "branch", "branches");
        var message = $"{deleted} of {branches} {verb} deleted, and owners of {warned} warned.";
        return new RunOutcome(
            RunState.Succeeded,
            message,
            results,
            JsonSerializer.Serialize(new { Branches = lines }, ReportJson)
        );
    }

    private void Report(JudgedBranch judged, string action, string reason) =>
        Report(new Line(judged.Branch.Name, action, judged.Verdict.Terms?.Policy ?? "", reason));

    private void Report(Line line)
    {
        if (lines.Count < MaxReported)
            lines.Add(line);
    }

    private sealed record Line(string Name, string Action, string Policy, string Reason);
}
