using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Branches;

/// <summary><c>dendrite branch create | list | show | delete</c>.</summary>
internal static class BranchCommands
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("branch", "Fork, list, show and delete branches.")
        {
            Create(application),
            List(application),
            Show(application),
            Delete(application),
            BranchUsageCommand.Build(application),
        };

    private static Argument<string> BranchArgument() => new("BRANCH") { Description = "Id of the branch." };

    private static Command Create(CliApplication application)
    {
        var id = BranchArgument();
        var from = new Option<string>("--from")
        {
            Description = "The branch to fork.",
            DefaultValueFactory = _ => "main",
            HelpName = "BRANCH",
        };
        var at = SnapshotOption.Create();
        var title = new Option<string?>("--title") { Description = "A title for people.", HelpName = "TEXT" };
        var description = new Option<string?>("--description") { Description = "What it is for.", HelpName = "TEXT" };
        var ttl = new Option<TimeSpan?>("--ttl")
        {
            Description = "Delete it by itself after this long, such as 30m, 12h or 7d.",
            HelpName = "TIME",
            CustomParser = DurationArgument.Parse,
        };
        var command = new Command("create", "Fork a branch; takes the same time at any size of data.")
        {
            id,
            from,
            at,
            title,
            description,
            ttl,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var request = new CreateBranchRequest
                {
                    Parent = session.Platform.ProjectName,
                    BranchId = arguments.GetRequiredValue(id),
                    Branch = new Branch
                    {
                        DisplayName = arguments.GetValue(title) ?? "",
                        Description = arguments.GetValue(description) ?? "",
                        Ttl = arguments.GetValue(ttl) is { } time ? Duration.FromTimeSpan(time) : null,
                    },
                    Source = new SnapshotReference
                    {
                        Branch = session.Platform.BranchName(arguments.GetRequiredValue(from)),
                        Point = SnapshotOption.Read(session, at),
                    },
                    RequestId = Guid.CreateVersion7(session.Host.Time.GetUtcNow()).ToString(),
                };
                var response = await session.Platform.Branches.CreateBranchAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                BranchView.WriteOne(session.Output, response.Branch);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command List(CliApplication application)
    {
        var filter = new Option<string?>("--filter")
        {
            Description = "An AIP-160 filter, such as 'kind = TRIAL AND labels.site = \"berlin\"'.",
            HelpName = "FILTER",
        };
        var deleted = new Option<bool>("--deleted") { Description = "Deleted branches too." };
        var command = new Command("list", "List the branches of the project.") { filter, deleted };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListBranchesRequest
                {
                    Parent = session.Platform.ProjectName,
                    PageSize = PageSize,
                    Filter = session.Arguments.GetValue(filter) ?? "",
                    ShowDeleted = session.Arguments.GetValue(deleted),
                };
                var all = new ListBranchesResponse();
                do
                {
                    var page = await session.Platform.Branches.ListBranchesAsync(
                        request,
                        cancellationToken: cancellationToken
                    );
                    all.Branches.Add(page.Branches);
                    request.PageToken = page.NextPageToken;
                } while (request.PageToken.Length > 0);
                BranchView.WriteList(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application)
    {
        var id = BranchArgument();
        var command = new Command("show", "Show one branch.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                string name = session.Platform.BranchName(session.Arguments.GetRequiredValue(id));
                var response = await session.Platform.Branches.GetBranchAsync(
                    new GetBranchRequest { Name = name },
                    cancellationToken: cancellationToken
                );
                BranchView.WriteOne(session.Output, response.Branch);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var id = BranchArgument();
        var purge = new Option<bool>("--purge") { Description = "For good, now, instead of after the grace time." };
        var missingOk = new Option<bool>("--missing-ok") { Description = "A branch that does not exist is no error." };
        var command = new Command("delete", "Delete a branch. Others lose nothing.") { id, purge, missingOk };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Branches.DeleteBranchAsync(
                    new DeleteBranchRequest
                    {
                        Name = session.Platform.BranchName(session.Arguments.GetRequiredValue(id)),
                        Purge = session.Arguments.GetValue(purge),
                        AllowMissing = session.Arguments.GetValue(missingOk),
                        RequestId = Guid.CreateVersion7(session.Host.Time.GetUtcNow()).ToString(),
                    },
                    cancellationToken: cancellationToken
                );
                BranchView.WriteDeleted(session.Output, response);
                return ExitCode.Success;
            }
        );
        return command;
    }
}
