using System.CommandLine;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Comparing;

/// <summary><c>dendrite diff FROM TO</c>.</summary>
internal static class DiffCommand
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application)
    {
        var from = new Argument<string>("FROM") { Description = "The old side: a branch." };
        var to = new Argument<string>("TO") { Description = "The new side: a branch." };
        var sinceBase = new Option<bool>("--since-base") { Description = "Only what TO changed since both parted." };
        var exitCode = new Option<bool>("--exit-code") { Description = "Return 1 when there is a difference." };
        var command = new Command("diff", "Say what differs between two branches.") { from, to, sinceBase, exitCode };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var comparand = new Comparand
                {
                    From = new() { Branch = session.Platform.BranchName(arguments.GetRequiredValue(from)) },
                    To = new() { Branch = session.Platform.BranchName(arguments.GetRequiredValue(to)) },
                    Mode = arguments.GetValue(sinceBase) ? DiffMode.FromMergeBase : DiffMode.TwoPoint,
                };
                var diff = await ReadAsync(session.Platform, comparand, cancellationToken);
                DiffView.Write(session.Output, diff);
                bool differs = diff.Streams.Count > 0 || diff.Datasets.Count > 0;
                return differs && arguments.GetValue(exitCode) ? ExitCode.Failure : ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary>All pages of a diff in one answer. One call a page.</summary>
    public static async Task<DiffBranchesResponse> ReadAsync(
        Platform platform,
        Comparand comparand,
        CancellationToken cancellationToken
    )
    {
        var request = new DiffBranchesRequest
        {
            Project = platform.ProjectName,
            Comparand = comparand,
            PageSize = PageSize,
        };
        DiffBranchesResponse? all = null;
        do
        {
            var page = await platform.Comparison.DiffBranchesAsync(request, cancellationToken: cancellationToken);
            request.PageToken = page.NextPageToken;
            if (all is null)
            {
                all = page;
                continue;
            }
            all.Streams.Add(page.Streams);
            all.Datasets.Add(page.Datasets);
        } while (request.PageToken.Length > 0);
        all.NextPageToken = "";
        return all;
    }
}
