using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Policies;

/// <summary><c>dendrite policy preview</c>: what would go, what stays, and why.</summary>
internal static class PolicyPreviewCommand
{
    // Each decision that frees space is measured: a page of these answers within a call's time.
    private const int PageSize = 200;

    public static Command Build(CliApplication application)
    {
        var policies = new Option<string[]>("--policy")
        {
            Description = "Only what this one matches, also where it is disabled; may be given again.",
            HelpName = "ID",
        };
        var at = new Option<DateTimeOffset?>("--at")
        {
            Description = "At which instant, such as 2026-12-01T02:00:00Z; now without it.",
            HelpName = "INSTANT",
            CustomParser = InstantArgument.Parse,
        };
        var all = new Option<bool>("--all") { Description = "Also branches that stay." };
        var command = new Command("preview", "Say what the policies would do, why, and how much space comes back.")
        {
            policies,
            at,
            all,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new PreviewRetentionRequest
                {
                    Parent = session.Platform.ProjectName,
                    PageSize = PageSize,
                    Instant = session.Arguments.GetValue(at) is { } instant
                        ? Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(instant)
                        : null,
                };
                var named = session.Arguments.GetValue(policies) ?? [];
                request.Policies.Add(named.Select(session.Platform.RetentionPolicyName));
                var preview = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.Retention.PreviewRetentionAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                var isAll = session.Arguments.GetValue(all);
                var judged = preview.Decisions.Count;
                if (isAll && named.Length == 0)
                {
                    await AddUnmatchedAsync(session, preview, cancellationToken);
                }

                PolicyView.Write(session.Output, preview, isAll, preview.Decisions.Count - judged);
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary>The branches of which neither a policy nor an expiry of their own says anything stay too.</summary>
    private static async Task AddUnmatchedAsync(
        Session session,
        PreviewRetentionResponse preview,
        CancellationToken cancellationToken
    )
    {
        var judged = preview.Decisions.Select(decision => decision.Branch).ToHashSet(StringComparer.Ordinal);
        var branches = await Pages.ReadAllAsync(
            new ListBranchesRequest { Parent = session.Platform.ProjectName },
            (asked, token) => session.Platform.Branches.ListBranchesAsync(asked, cancellationToken: token),
            cancellationToken
        );
        var unmatched = branches
            .Branches.Where(branch => !judged.Contains(branch.Name))
            .Select(branch => new RetentionDecision
            {
                Branch = branch.Name,
                Action = RetentionAction.Keep,
                Owner = branch.Owner,
                Reason = "no policy matches it, and it has no expiry",
            });
        RetentionDecision[] all =
        [
            .. preview.Decisions.Concat(unmatched).OrderBy(decision => decision.Branch, StringComparer.Ordinal),
        ];
        preview.Decisions.Clear();
        preview.Decisions.Add(all);
    }
}
