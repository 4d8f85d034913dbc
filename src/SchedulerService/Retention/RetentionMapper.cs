using Dendrite.Contracts.Names;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Retention;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Retention;

/// <summary>From what is stored and judged to the contract.</summary>
internal static class RetentionMapper
{
    public static RetentionPolicy ToContract(RetentionPolicyRecord policy, string project) =>
        new()
        {
            Name = new RetentionPolicyName(project, policy.Name).ToString(),
            DisplayName = policy.DisplayName,
            Filter = policy.Filter,
            Basis = policy.Basis switch
            {
                RetentionStart.CreateTime => RetentionBasis.CreateTime,
                RetentionStart.HeadTime => RetentionBasis.HeadTime,
                RetentionStart.ExperimentEnd => RetentionBasis.ExperimentEnd,
                RetentionStart.ExpireTime => RetentionBasis.ExpireTime,
                _ => RetentionBasis.Unspecified,
            },
            Keep = Duration.FromTimeSpan(policy.Keep),
            WarnBefore = policy.WarnBefore is { } ahead ? Duration.FromTimeSpan(ahead) : null,
            PurgeAfter = Duration.FromTimeSpan(policy.PurgeAfter),
            IncludeTagged = policy.IncludeTagged,
            Disabled = policy.IsDisabled,
            CreateTime = Timestamps.Of(policy.CreateTime),
            UpdateTime = Timestamps.Of(policy.UpdateTime),
            Etag = Etag.Of(policy.Revision),
        };

    public static RetentionDecision ToContract(JudgedBranch judged, string project) =>
        new()
        {
            Branch = judged.Branch.Name,
            Policy = judged.Verdict.Terms is { } terms ? new RetentionPolicyName(project, terms.Policy).ToString() : "",
            Action = judged.Verdict.Action,
            Reason = judged.Reason,
            DueTime = Timestamps.Of(judged.Verdict.Due),
            ExperimentState = judged.Branch.Experiment?.State ?? ExperimentState.Unspecified,
            WarnTime = Timestamps.Of(judged.Verdict.WarnedAt),
            Owner = judged.Branch.Owner,
        };
}
