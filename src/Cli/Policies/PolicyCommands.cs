using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Policies;

/// <summary><c>dendrite policy list | create | show | update | delete | preview</c>.</summary>
internal static class PolicyCommands
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("policy", "Say how long branches are kept, and see what would go and why.")
        {
            List(application),
            PolicyFields.Create(application),
            Show(application),
            PolicyFields.Update(application),
            Delete(application),
            PolicyPreviewCommand.Build(application),
        };

    public static Argument<string> IdArgument() => new("POLICY") { Description = "Id of the policy." };

    private static Command List(CliApplication application)
    {
        var command = new Command("list", "List the policies of the project.");
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var all = await Pages.ReadAllAsync(
                    new ListRetentionPoliciesRequest { Parent = session.Platform.ProjectName, PageSize = PageSize },
                    (asked, token) =>
                        session.Platform.Retention.ListRetentionPoliciesAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                PolicyView.Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application)
    {
        var id = IdArgument();
        var command = new Command("show", "Show a policy.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Retention.GetRetentionPolicyAsync(
                    new() { Name = session.Platform.RetentionPolicyName(session.Arguments.GetRequiredValue(id)) },
                    cancellationToken: cancellationToken
                );
                PolicyView.Write(session.Output, response.RetentionPolicy);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var id = IdArgument();
        var missingOk = new Option<bool>("--missing-ok") { Description = "One that does not exist is no error." };
        var command = new Command("delete", "Delete a policy; what it matched is kept from then on.") { id, missingOk };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Retention.DeleteRetentionPolicyAsync(
                    new()
                    {
                        Name = session.Platform.RetentionPolicyName(session.Arguments.GetRequiredValue(id)),
                        AllowMissing = session.Arguments.GetValue(missingOk),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                PolicyView.WriteDeleted(session.Output, response);
                return ExitCode.Success;
            }
        );
        return command;
    }
}
