using Dendrite.Backups.Format;
using Dendrite.Operations;
using Dendrite.Storage.Requests;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Backups.Restoring;

/// <summary>
/// Restores a backup. Nothing of it is seen before all of it is there and every digest is that of the backup; else it
/// is given up, and what it brought is removed.
/// </summary>
internal sealed class RestoreTask(RestoreEngine engine, TimeProvider time) : IOperationTask
{
    public const string MethodName = "dendrite.v1.BackupService/RestoreBackup";

    public string Method => MethodName;

    public async Task<IMessage> RunAsync(OperationWork work, CancellationToken cancellation)
    {
        var request = work.ReadRequest<RestoreBackupRequest>();
        if (await engine.FindDoneAsync(work, request, cancellation) is { } done)
        {
            return ResultOf(work, done, request, done.TotalBytes);
        }

        var restored = await engine.RestoreAsync(work, request, cancellation);
        var result = ResultOf(work, restored.Plan, request, restored.ReadBytes);
        await work.TellAsync("making it visible", 0, null, "branches and tags", cancellation);
        var mutations = result.Branches.Concat(result.Tags).Select(made => MutationOf(work, request, made));
        await restored.FinishAsync(() => Guid.CreateVersion7(time.GetUtcNow()), [.. mutations], cancellation);
        return result;
    }

    private static RestoreResult ResultOf(
        OperationWork work,
        RestorePlan plan,
        RestoreBackupRequest request,
        long readBytes
    )
    {
        var result = new RestoreResult { ReadBytes = readBytes, DigestsEqual = true };
        foreach (var item in plan.Items)
        {
            var name = RestorePlan.NameOf(item, request.IdPrefix);
            var made = BackupMessages.Resource(work.ProjectName.Project, item.Kind, name);
            (item.Kind == BackupTables.Branch ? result.Branches : result.Tags).Add(made);
        }

        return result;
    }

    /// <summary>For the audit of each branch and tag; it also tells whoever keeps copies of them.</summary>
    private static Mutation MutationOf(OperationWork work, RestoreBackupRequest request, string made) =>
        new(work.Creator, "RestoreBackup", made)
        {
            Detail = new Dictionary<string, string> { ["backup"] = request.Name },
        };
}
