using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Branches;

/// <summary><c>dendrite branch rename | label | state</c>: what a branch is called and says of itself.</summary>
internal static class BranchEditCommands
{
    public static Command Rename(CliApplication application)
    {
        var newId = new Argument<string>("NEW") { Description = "The new id." };
        return BranchCommands.OnOne(
            application,
            new Command("rename", "Give a branch another id; the old one is free afterwards.") { newId },
            async (session, target, cancellationToken) =>
                (
                    await session.Platform.Branches.RenameBranchAsync(
                        new RenameBranchRequest
                        {
                            Name = target.Name,
                            NewBranchId = session.Arguments.GetRequiredValue(newId),
                            Etag = target.Etag,
                            RequestId = target.RequestId,
                        },
                        cancellationToken: cancellationToken
                    )
                ).Branch
        );
    }

    public static Command Label(CliApplication application)
    {
        var labels = new Argument<string[]>("KEY=VALUE")
        {
            Description = "Labels to set; KEY= takes one away.",
            Arity = ArgumentArity.OneOrMore,
        };
        return BranchCommands.OnOne(
            application,
            new Command("label", "Set and take away labels; the others stay.") { labels },
            async (session, target, cancellationToken) =>
            {
                var branches = session.Platform.Branches;
                var current = await branches.GetBranchAsync(
                    new() { Name = target.Name },
                    cancellationToken: cancellationToken
                );
                // Under the etag of what was read: a label that somebody sets meanwhile is not lost.
                var etag = target.Etag.Length > 0 ? target.Etag : current.Branch.Etag;
                var changed = new Branch { Name = target.Name, Etag = etag };
                changed.Labels.Add(current.Branch.Labels);
                PairsOption.Apply(session.Arguments.GetRequiredValue(labels), changed.Labels);
                var request = new UpdateBranchRequest
                {
                    Branch = changed,
                    UpdateMask = FieldMask.FromString("labels"),
                    RequestId = target.RequestId,
                };
                return (await branches.UpdateBranchAsync(request, cancellationToken: cancellationToken)).Branch;
            }
        );
    }

    public static Command State(CliApplication application)
    {
        var state = new Argument<ExperimentState>("STATE")
        {
            Description = "How it goes.",
            HelpName = "running|completed|failed",
            CustomParser = KindArgument.ParseState,
        };
        var reason = new Option<string?>("--reason") { Description = "Why.", HelpName = "TEXT" };
        return BranchCommands.OnOne(
            application,
            new Command("state", "Say how the branch's experiment goes.") { state, reason },
            async (session, target, cancellationToken) =>
                (
                    await session.Platform.Branches.SetExperimentStateAsync(
                        new SetExperimentStateRequest
                        {
                            Name = target.Name,
                            State = session.Arguments.GetRequiredValue(state),
                            Reason = session.Arguments.GetValue(reason) ?? "",
                            Etag = target.Etag,
                            RequestId = target.RequestId,
                        },
                        cancellationToken: cancellationToken
                    )
                ).Branch
        );
    }
}
