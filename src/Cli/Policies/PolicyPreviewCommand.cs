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
                PolicyView.Write(session.Output, preview, session.Arguments.GetValue(all));
                return ExitCode.Success;
            }
        );
        return command;
    }
}
