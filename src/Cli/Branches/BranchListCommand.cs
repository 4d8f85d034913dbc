using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Branches;

/// <summary><c>dendrite branch list</c>.</summary>
internal static class BranchListCommand
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application)
    {
        var filter = new Option<string?>("--filter")
        {
            Description = "An AIP-160 filter, such as 'kind = TRIAL AND labels.site = \"berlin\"'.",
            HelpName = "FILTER",
        };
        var order = new Option<string?>("--order")
        {
            Description = "name, create_time, update_time or expire_time, and 'desc' behind it for descending.",
            HelpName = "FIELD",
        };
        var deleted = new Option<bool>("--deleted") { Description = "Deleted branches too." };
        var command = new Command("list", "List the branches of the project.") { filter, order, deleted };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListBranchesRequest
                {
                    Parent = session.Platform.ProjectName,
                    PageSize = PageSize,
                    Filter = session.Arguments.GetValue(filter) ?? "",
                    OrderBy = session.Arguments.GetValue(order) ?? "",
                    ShowDeleted = session.Arguments.GetValue(deleted),
                };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.Branches.ListBranchesAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                BranchView.WriteList(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }
}
