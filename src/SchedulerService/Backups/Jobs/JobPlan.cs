using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Backups;

namespace Dendrite.SchedulerService.Backups.Jobs;

/// <summary>The plan that a job names.</summary>
internal static class JobPlan
{
    /// <exception cref="DendriteException">BACKUP_PLAN_NOT_FOUND.</exception>
    public static async Task RequireAsync(
        BackupPlanStore plans,
        TaskProject project,
        string plan,
        string field,
        CancellationToken cancellationToken
    )
    {
        var name = BackupPlanName.Parse(plan, field);
        if (await plans.FindAsync(project.Id, name.Plan, cancellationToken) is null)
        {
            throw DendriteException.OfField(
                ErrorReason.BackupPlanNotFound,
                field,
                $"'{plan}' does not exist; make the plan first"
            );
        }
    }
}
