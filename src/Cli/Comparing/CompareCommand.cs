using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Operations;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Comparing;

/// <summary><c>dendrite compare FROM TO</c>.</summary>
internal static class CompareCommand
{
    public static Command Build(CliApplication application)
    {
        var from = new Argument<string>("FROM") { Description = "The old side: a branch, BRANCH@POINT or tag:NAME." };
        var to = new Argument<string>("TO") { Description = "The new side, likewise." };
        var sinceBase = new Option<bool>("--since-base")
        {
            Description = "Compare TO with where both parted: what FROM changed since is left out.",
        };
        var options = new ComparisonOptions();
        var command = new Command("compare", "Measure two experiments and test whether their signals differ.")
        {
            from,
            to,
            sinceBase,
        };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var comparand = new Comparand
                {
                    From = SnapshotArgument.ReadReference(session.Platform, arguments.GetRequiredValue(from)),
                    To = SnapshotArgument.ReadReference(session.Platform, arguments.GetRequiredValue(to)),
                    Mode = arguments.GetValue(sinceBase) ? DiffMode.FromMergeBase : DiffMode.TwoPoint,
                };
                var comparison = await CompareAsync(session, comparand, options, cancellationToken);
                CompareView.Write(session.Output, comparison);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task<ExperimentComparison> CompareAsync(
        Session session,
        Comparand comparand,
        ComparisonOptions options,
        CancellationToken cancellationToken
    )
    {
        var request = new CompareExperimentsRequest
        {
            Project = session.Platform.ProjectName,
            Comparand = comparand,
            Options = await options.ReadAsync(session, comparand, cancellationToken),
            RequestId = session.NewRequestId(),
        };
        var answer = await session.Platform.Experiments.CompareExperimentsAsync(
            request,
            cancellationToken: cancellationToken
        );
        var done = await OperationWait.UntilDoneAsync(session, answer.Operation, cancellationToken);
        return OperationWait.RequireSuccess(done).Response.Unpack<ExperimentComparison>();
    }
}
