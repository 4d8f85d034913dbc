using System.Text.Json;
using Dendrite.Contracts.Errors;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Retention;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using LogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Retention;

/// <summary>
/// Does about one branch what the rule says. Deletions are soft and go through the Branch service: each names the
/// branch as it was judged (its etag and head), so an extension or a commit in between wins, as does a policy that has
/// begun to match, and a tag or a use that has come; and has an id that follows from run and branch, so a run that is
/// done twice deletes once.
/// </summary>
internal sealed class RetentionWork(
    BranchService.BranchServiceClient branches,
    RetentionNoticeStore notices,
    RetentionDeletionStore deletions,
    RetentionScan scan,
    FreeableSpace space
)
{
    /// <summary>Who warns, in the audit; deletions bear the label of the scheduler's key.</summary>
    private const string Actor = "retention";

    /// <param name="policies">Those whose decisions are carried out; none: all, and expiries.</param>
    public async Task DoAsync(
        RetentionRun run,
        IReadOnlySet<string> policies,
        JudgedBranch judged,
        CancellationToken cancellationToken
    )
    {
        run.Tally.Seen++;
        if (policies.Count > 0 && !(judged.Verdict.Terms is { } terms && policies.Contains(terms.Policy)))
            return;
        switch (judged.Verdict.Action)
        {
            case RetentionAction.Delete:
                await DeleteAsync(run, judged, cancellationToken);
                break;
            case RetentionAction.Warn:
                await WarnAsync(run, judged, cancellationToken);
                break;
            case RetentionAction.Wait:
                run.Tally.Wait(judged);
                break;
            case RetentionAction.Keep when judged.Verdict.Cause is not RetentionCause.Unmatched:
                run.Tally.Keep(judged);
                break;
        }
    }

    /// <summary>
    /// Counts what attempts before this one deleted, and forgets what is said of branches and runs that are no more.
    /// </summary>
    public async Task EndAsync(RetentionRun run, CancellationToken cancellationToken)
    {
        run.Context.Lease.ThrowIfLost();
        if (run.Record.Attempt > 1)
        {
            var done = await deletions.ListDoneAsync(run.Record, cancellationToken);
            run.Tally.AddEarlier(
                done,
                deletion => new BranchName(run.Context.Job.Project, deletion.BranchId).ToString()
            );
        }

        await notices.ForgetAsync(run.Record, cancellationToken);
    }

    private async Task WarnAsync(RetentionRun run, JudgedBranch judged, CancellationToken cancellationToken)
    {
        if (judged.Verdict.WarnedAt is { } warned)
        {
            // By an earlier attempt of this run: it judged for the same instant.
            run.Tally.Warn(judged, isNews: warned == run.Instant);
            return;
        }

        if (run.Record.DryRun)
        {
            run.Tally.Warn(judged, isNews: true);
            return;
        }

        run.Context.Lease.ThrowIfLost();
        var name = BranchName.Parse(judged.Branch.Name);
        var warning = new RetentionWarning(
            judged.Uid,
            name.Branch,
            judged.Branch.Name,
            judged.Verdict.Terms!.Policy,
            judged.Verdict.End!.Value,
            run.Instant,
            DetailOf(run, judged)
        );
        var isNews = await notices.WarnAsync(run.Record, warning, Actor, cancellationToken);
        run.Tally.Warn(judged, isNews);
        run.Context.Log(
            LogLevel.Information,
            $"Warned {judged.Branch.Owner} of {judged.Branch.Name}: {judged.Reason}."
        );
    }

    private async Task DeleteAsync(RetentionRun run, JudgedBranch judged, CancellationToken cancellationToken)
    {
        var bytes = await space.MeasureAsync(judged.Branch.Name, cancellationToken);
        if (run.Record.DryRun)
        {
            run.Tally.Delete(judged, bytes);
            return;
        }

        if (await scan.FindNewMatchAsync(judged, run.Policies, cancellationToken) is { } policy)
        {
            Keep(run, judged, $"policy '{policy.Name}' matches it since it was judged; the next run looks again");
            return;
        }

        var now = await scan.JudgeAgainAsync(judged, run.Context.ProjectId, run.Moment, cancellationToken);
        if (now.Verdict.Action is not RetentionAction.Delete)
        {
            Keep(run, judged, $"since it was judged, this has come: {now.Reason}");
            return;
        }

        run.Context.Lease.ThrowIfLost();
        await deletions.IntendAsync(run.Record, IntentOf(judged, bytes), cancellationToken);
        try
        {
            await branches.DeleteBranchAsync(RequestOf(run, judged), scan.Options(cancellationToken));
            run.Tally.Delete(judged, bytes);
            run.Context.Log(LogLevel.Information, $"Deleted {judged.Branch.Name}: {judged.Reason}.");
        }
        catch (RpcException refused) when (IsAboutTheBranch(refused))
        {
            // It changed since it was judged, or may not go: it stays, and the next run looks again.
            Keep(run, judged, refused.Status.Detail);
        }
    }

    private static void Keep(RetentionRun run, JudgedBranch judged, string why)
    {
        run.Tally.Refuse(judged, why);
        run.Context.Log(LogLevel.Warning, $"Kept {judged.Branch.Name}: {why}");
    }

    private static RetentionDeletion IntentOf(JudgedBranch judged, long bytes) =>
        new(judged.Uid, BranchName.Parse(judged.Branch.Name).Branch)
        {
            Policy = judged.Verdict.Terms?.Policy ?? "",
            Reason = judged.Reason,
            FreeableBytes = bytes,
        };

    private static DeleteBranchRequest RequestOf(RetentionRun run, JudgedBranch judged) =>
        new()
        {
            Name = judged.Branch.Name,
            Etag = judged.Branch.Etag,
            HeadVersion = judged.Branch.HeadVersion,
            RequestId = run.Context.RequestIdFor(judged.Branch.Uid),
            AllowMissing = true,
            PurgeAfter = run.PurgeAfter(judged.Verdict.Terms?.Policy) is { } purge
                ? Duration.FromTimeSpan(purge)
                : null,
            Reason = $"{judged.Reason} (run {run.Record.Id} of job '{run.Record.Job}')",
        };

    private static string DetailOf(RetentionRun run, JudgedBranch judged) =>
        JsonSerializer.Serialize(
            new Dictionary<string, string>
            {
                ["policy"] = judged.Verdict.Terms?.Policy ?? "",
                ["owner"] = judged.Branch.Owner,
                ["due_time"] = judged.Verdict.Due!.Value.ToString("O"),
                ["reason"] = judged.Reason,
                ["run"] = run.Record.Id.ToString(),
            }
        );

    private static bool IsAboutTheBranch(RpcException refused) =>
        ErrorStatus.FromRpcException(refused)?.Reason
            is ErrorReason.EtagMismatch
                or ErrorReason.HeadMoved
                or ErrorReason.BranchProtected
                or ErrorReason.BranchNotWritable
                or ErrorReason.BranchNotFound
                or ErrorReason.RequestIdReused;
}

/// <summary>One run of retention, as far as it has come.</summary>
/// <param name="Policies">Those that apply.</param>
/// <param name="QuietTime">As of <see cref="SchedulerOptions.QuietTime"/>.</param>
internal sealed record RetentionRun(
    RunContext Context,
    IReadOnlyList<RetentionPolicyRecord> Policies,
    TimeSpan QuietTime
)
{
    public RunRecord Record => Context.Run;

    /// <summary>
    /// For which the branches are judged: the time of the schedule, so that every attempt decides alike.
    /// </summary>
    public DateTimeOffset Instant => Record.ScheduledTime ?? Record.CreateTime;

    public RetentionMoment Moment => new(Instant, QuietTime);

    public RetentionTally Tally { get; } = new();

    /// <summary>How long a branch can be restored after this policy deleted it; null: the server's own time.</summary>
    public TimeSpan? PurgeAfter(string? policy) => Policies.FirstOrDefault(one => one.Name == policy)?.PurgeAfter;
}
