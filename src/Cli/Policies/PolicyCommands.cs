using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Policies;

/// <summary><c>dendrite policy list | create | show | update | delete | preview</c>.</summary>
internal static class PolicyCommands
{
    public static Command Build(CliApplication application)
    {
        var policies = new ResourceCommands(
            application,
            () => new("POLICY") { Description = "Id of the policy." },
            (platform, id) => platform.RetentionPolicyName(id)
        );
        return new("policy", "Say how long branches are kept, and see what would go and why.")
        {
            List(policies),
            Create(policies),
            Show(policies),
            Update(policies),
            Delete(policies),
            PolicyPreviewCommand.Build(application),
        };
    }

    private static Command List(ResourceCommands policies) =>
        policies.List(
            "List the policies of the project.",
            (project, size) => new ListRetentionPoliciesRequest { Parent = project, PageSize = size },
            (platform, asked, token) => platform.Retention.ListRetentionPoliciesAsync(asked, cancellationToken: token),
            PolicyView.Write
        );

    private static Command Create(ResourceCommands policies)
    {
        var fields = new PolicyFields(isNew: true);
        return policies.Create(
            "Make a policy: branches that match it and are older go.",
            fields.All,
            async (session, id, token) =>
            {
                var (policy, _) = fields.Read(session);
                if (policy.Basis is RetentionBasis.Unspecified)
                    policy.Basis = RetentionBasis.CreateTime;
                var request = new CreateRetentionPolicyRequest
                {
                    Parent = session.Platform.ProjectName,
                    RetentionPolicyId = id,
                    RetentionPolicy = policy,
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Retention.CreateRetentionPolicyAsync(request, cancellationToken: token);
            },
            (output, made) => PolicyView.Write(output, made.RetentionPolicy)
        );
    }

    private static Command Show(ResourceCommands policies) =>
        policies.Show(
            "Show a policy.",
            (platform, name, token) =>
                platform.Retention.GetRetentionPolicyAsync(new() { Name = name }, cancellationToken: token),
            (output, found) => PolicyView.Write(output, found.RetentionPolicy)
        );

    private static Command Update(ResourceCommands policies)
    {
        var fields = new PolicyFields(isNew: false);
        return policies.Update(
            "Change what is given of a policy, and nothing else.",
            fields.All,
            async (session, target, token) =>
            {
                var (policy, given) = fields.Read(session);
                (policy.Name, policy.Etag) = (target.Name, target.Etag);
                var request = new UpdateRetentionPolicyRequest
                {
                    RetentionPolicy = policy,
                    UpdateMask = given.Mask,
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Retention.UpdateRetentionPolicyAsync(request, cancellationToken: token);
            },
            (output, changed) => PolicyView.Write(output, changed.RetentionPolicy)
        );
    }

    private static Command Delete(ResourceCommands policies) =>
        policies.Delete(
            "Delete a policy; what it matched is kept from then on.",
            (platform, target, token) =>
                platform.Retention.DeleteRetentionPolicyAsync(
                    new()
                    {
                        Name = target.Name,
                        AllowMissing = target.AllowMissing,
                        RequestId = target.RequestId,
                    },
                    cancellationToken: token
                )
        );
}
