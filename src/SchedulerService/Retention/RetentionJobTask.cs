using System.Text.Json;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Grpc.Core;
using Microsoft.Extensions.Options;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Retention;

/// <summary>
/// Deletes the branches of a project whose expiry has passed, through the Branch service: softly, so that each can be
/// restored until it is purged. Each deletion names the branch as it was judged (its etag) and has an id that follows
/// from the run and the branch, so an extension in between wins, and a run that is done twice deletes once.
/// </summary>
internal sealed class RetentionJobTask(
    BranchService.BranchServiceClient branches,
    IOptions<SchedulerOptions> options,
    TimeProvider time
) : IJobTask
{
    private const int PageSize = 1000;

    // The report is for people; the figures count everything.
    private const int MaxReported = 1000;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    public JobTask.TaskOneofCase Kind => JobTask.TaskOneofCase.Retention;

    public async Task<RunOutcome> RunAsync(RunContext run, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        var pageToken = "";
        do
        {
            var page = await branches.ListBranchesAsync(
                new ListBranchesRequest
                {
                    Parent = run.Job.Parent.ToString(),
                    PageSize = PageSize,
                    PageToken = pageToken,
                },
                Options(cancellationToken)
            );
            foreach (var branch in page.Branches)
                await ConsiderAsync(branch, run, tally, cancellationToken);
            pageToken = page.NextPageToken;
        } while (pageToken.Length > 0);

        return tally.ToOutcome(run.Run.DryRun);
    }

    private async Task ConsiderAsync(Branch branch, RunContext run, Tally tally, CancellationToken cancellationToken)
    {
        tally.Seen++;
        var verdict = RetentionRule.Judge(branch, time.GetUtcNow(), options.Value.QuietTime);
        if (verdict is RetentionVerdict.KeepBusy or RetentionVerdict.KeepProtected)
            tally.Keep(branch, verdict is RetentionVerdict.KeepBusy ? "written to just now" : "protected");
        if (verdict is not RetentionVerdict.Delete)
            return;
        if (run.Run.DryRun)
        {
            tally.Delete(branch, "would be deleted");
            return;
        }

        run.Lease.ThrowIfLost();
        await DeleteAsync(branch, run, tally, cancellationToken);
    }

    private async Task DeleteAsync(Branch branch, RunContext run, Tally tally, CancellationToken cancellationToken)
    {
        var request = new DeleteBranchRequest
        {
            Name = branch.Name,
            Etag = branch.Etag,
            RequestId = run.RequestIdFor(branch.Uid),
            AllowMissing = true,
        };
        try
        {
            await branches.DeleteBranchAsync(request, Options(cancellationToken));
            tally.Delete(branch, "deleted");
        }
        catch (RpcException refused) when (IsAboutTheBranch(refused))
        {
            // It changed since it was judged, or may not go: it stays, and the next run looks again.
            tally.Keep(branch, refused.Status.Detail);
        }
    }

    private static bool IsAboutTheBranch(RpcException refused) =>
        ErrorStatus.FromRpcException(refused)?.Reason
            is ErrorReason.EtagMismatch
                or ErrorReason.BranchProtected
                or ErrorReason.BranchNotWritable
                or ErrorReason.BranchNotFound
                or ErrorReason.RequestIdReused;

    private CallOptions Options(CancellationToken cancellationToken) =>
        new(deadline: (time.GetUtcNow() + CallTimeout).UtcDateTime, cancellationToken: cancellationToken);

    /// <summary>What a run did, as it goes on.</summary>
    private sealed class Tally
    {
        private static readonly JsonSerializerOptions ReportJson = new(JsonSerializerDefaults.Web);
        private readonly List<Line> lines = [];
        private long deleted;
        private long kept;

        public long Seen { get; set; }

        public void Delete(Branch branch, string what)
        {
            deleted++;
            Report(branch, what);
        }

        public void Keep(Branch branch, string why)
        {
            kept++;
            Report(branch, $"kept: {why}");
        }

        public RunOutcome ToOutcome(bool dryRun)
        {
            var results = new Dictionary<string, long>(StringComparer.Ordinal)
            {
                ["branches_seen"] = Seen,
                [dryRun ? "branches_to_delete" : "branches_deleted"] = deleted,
                ["branches_kept"] = kept,
            };
            var message = dryRun
                ? $"{deleted} of {Seen} branches would be deleted."
                : $"{deleted} of {Seen} branches were deleted.";
            return new RunOutcome(
                RunState.Succeeded,
                message,
                results,
                JsonSerializer.Serialize(new { Branches = lines }, ReportJson)
            );
        }

        private void Report(Branch branch, string action)
        {
            if (lines.Count < MaxReported)
                lines.Add(new Line(branch.Name, action));
        }

        private sealed record Line(string Name, string Action);
    }
}
