using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Branches;

/// <summary><c>dendrite branch usage</c>: what a branch costs.</summary>
internal static class BranchUsageCommand
{
    public static Command Build(CliApplication application)
    {
        var id = new Argument<string>("BRANCH") { Description = "Id of the branch." };
        var command = new Command("usage", "Say what a branch stores, shares, and would free if it were deleted.")
        {
            id,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.BranchName(session.Arguments.GetRequiredValue(id));
                var usage = await session.Platform.Branches.GetBranchUsageAsync(
                    new GetBranchUsageRequest { Name = name },
                    cancellationToken: cancellationToken
                );
                Write(session.Output, usage);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static void Write(CliOutput output, GetBranchUsageResponse usage)
    {
        if (output.IsJson)
        {
            output.WriteMessage(usage);
            return;
        }

        output.WriteLine($"own       {Figures.Bytes(usage.OwnBytes)}");
        output.WriteLine($"shared    {Figures.Bytes(usage.SharedBytes)}");
        output.WriteLine($"freeable  {Figures.Bytes(usage.FreeableBytes)}");
        output.WriteLine($"samples   {Figures.Count(usage.VisibleSamples)}");
        output.WriteLine($"records   {Figures.Count(usage.VisibleRecords)}");
    }
}
