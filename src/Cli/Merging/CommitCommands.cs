using System.CommandLine;
using System.Globalization;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Records;
using Dendrite.V1;

namespace Dendrite.Cli.Merging;

/// <summary><c>dendrite finalize</c>, <c>dendrite revert</c> and <c>dendrite pick</c>.</summary>
internal static class CommitCommands
{
    public static Command Finalize(CliApplication application)
    {
        var pair = new MergePairOptions("Branch to finalize");
        var message = new Option<string>("--message", "-m")
        {
            HelpName = "TEXT",
            Description = "Why; the commit's message.",
        };
        var tag = new Option<string>("--tag") { HelpName = "ID", Description = "Id of a tag to make of the result." };
        var keep = new Option<bool>("--keep") { Description = "Do not delete the source." };
        var request = new Option<string>("--request-id")
        {
            HelpName = "UUID",
            Description = "A UUID: the same command again goes on where it stopped.",
        };
        var policy = new PolicyOptions();
        var command = new Command("finalize", "Check, merge, tag and delete a branch.") { message, tag, keep, request };
        pair.AddTo(command);
        policy.AddTo(command);
        application.Bind(
            command,
            async (session, token) =>
            {
                var arguments = session.Arguments;
                var done = await session.Platform.Merges.FinalizeBranchAsync(
                    new()
                    {
                        Pair = pair.Read(session),
                        Policy = policy.Read(arguments),
                        Message = arguments.GetValue(message) ?? "",
                        TagId = arguments.GetValue(tag) ?? "",
                        KeepSource = arguments.GetValue(keep),
                        RequestId = arguments.GetValue(request) ?? "",
                    },
                    cancellationToken: token
                );
                Write(session, done.Operation.Response.Unpack<FinalizeResult>());
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Revert(CliApplication application)
    {
        var version = new Argument<long>("VERSION") { Description = "Version of the commit, as 'log' shows it." };
        var branch = new Option<string>("--branch", "-b")
        {
            Description = "Branch in which to undo it.",
            HelpName = "BRANCH",
            Required = true,
        };
        var message = new Option<string>("--message", "-m") { HelpName = "TEXT", Description = "Why." };
        var policy = new PolicyOptions();
        var command = new Command("revert", "Undo a commit or a merge by a new commit.") { version, branch, message };
        policy.AddTo(command);
        application.Bind(
            command,
            async (session, token) =>
            {
                var arguments = session.Arguments;
                var name = session.Platform.BranchName(arguments.GetRequiredValue(branch));
                var number = arguments.GetValue(version).ToString(CultureInfo.InvariantCulture);
                var reverted = await session.Platform.Merges.RevertCommitAsync(
                    new()
                    {
                        Branch = name,
                        Commit = $"{name}/commits/{number}",
                        Policy = policy.Read(arguments),
                        Message = arguments.GetValue(message) ?? "",
                    },
                    cancellationToken: token
                );
                Write(session, reverted);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Pick(CliApplication application)
    {
        var source = new Argument<string>("SOURCE")
        {
            Description = "State to pick from: a branch, a branch at a point, or a tag, also of a branch that is gone.",
        };
        var into = new Option<string>("--into")
        {
            HelpName = "BRANCH",
            Description = "Branch to pick into.",
            Required = true,
        };
        var at = SnapshotOption.Create();
        at.Aliases.Add("--version");
        var dataset = new Option<string>("--dataset") { HelpName = "ID", Description = "Id of the dataset." };
        var filter = new Option<string>("--filter")
        {
            HelpName = "FILTER",
            Description = "Such as 'USUBJID = \"01-701-1015\"'.",
        };
        var records = new Option<string[]>("--record")
        {
            HelpName = "KEY",
            Description = "Id of a record; may be given several times.",
        };
        var delete = new Option<bool>("--delete-missing") { Description = "Delete what the source does not have." };
        var message = new Option<string>("--message", "-m")
        {
            HelpName = "TEXT",
            Description = "Why; the commit's message.",
        };
        var command = new Command("pick", "Copy chosen records from any state into a branch.")
        {
            source,
            into,
            at,
            dataset,
            filter,
            records,
            delete,
            message,
        };
        application.Bind(
            command,
            async (session, token) =>
            {
                var arguments = session.Arguments;
                var request = new PickRecordsRequest
                {
                    Target = session.Platform.BranchName(arguments.GetRequiredValue(into)),
                    Source = SnapshotOption.ReadReference(session, arguments.GetRequiredValue(source), source.Name, at),
                    DatasetId = arguments.GetValue(dataset) ?? "",
                    Filter = arguments.GetValue(filter) ?? "",
                    DeleteMissing = arguments.GetValue(delete),
                    RecordIds = { (arguments.GetValue(records) ?? []).Select(RecordKey.Encode) },
                    Message = arguments.GetValue(message) ?? "",
                };
                Write(session, await session.Platform.Merges.PickRecordsAsync(request, cancellationToken: token));
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static void Write(Session session, FinalizeResult result)
    {
        if (session.Output.IsJson)
        {
            session.Output.WriteMessage(result);
            return;
        }

        if (result.Merge is { } merge)
        {
            MergeView.Write(session.Output, merge);
        }

        MergeView.WriteWarnings(session.Output, result.CheckWarnings);
        if (result.Tag.Length > 0)
        {
            session.Output.WriteLine($"tagged {result.Tag[(result.Tag.LastIndexOf('/') + 1)..]}");
        }

        session.Output.WriteLine(result.SourceDeleted ? "source deleted" : "source kept");
    }

    private static void Write(Session session, PickRecordsResponse picked)
    {
        if (session.Output.IsJson)
        {
            session.Output.WriteMessage(picked);
            return;
        }

        session.Output.WriteLine(
            $"{picked.WrittenRecords} written, {picked.DeletedRecords} deleted, {picked.UnchangedRecords} unchanged"
        );
        MergeView.WriteWarnings(session.Output, picked.CheckWarnings);
    }

    private static void Write(Session session, RevertCommitResponse reverted)
    {
        if (session.Output.IsJson)
        {
            session.Output.WriteMessage(reverted);
            return;
        }

        session.Output.WriteLine($"{reverted.Commit.Version}  {reverted.Commit.Message}");
        MergeView.WriteWarnings(session.Output, reverted.CheckWarnings);
    }
}
