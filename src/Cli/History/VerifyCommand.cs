using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.History;

/// <summary><c>dendrite verify</c>: whether a branch's history is what it was when it was written.</summary>
internal static class VerifyCommand
{
    public static Command Build(CliApplication application)
    {
        var branch = HistoryCommands.BranchArgument();
        var data = new Option<bool>("--data")
        {
            Description = "Read the stored samples and records, too, and digest them again.",
        };
        var command = new Command("verify", "Recompute a branch's chain of hashes, and say where it breaks.")
        {
            branch,
            data,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new VerifyHistoryRequest
                {
                    Parent = session.Platform.BranchName(session.Arguments.GetRequiredValue(branch)),
                    IncludeData = session.Arguments.GetValue(data),
                };
                var end = await RunAsync(session, request, cancellationToken);
                Write(session.Output, request, end);
                return end.HistoryBreak is null ? ExitCode.Success : ExitCode.Failure;
            }
        );
        return command;
    }

    private static async Task<VerifyHistoryResponse> RunAsync(
        Session session,
        VerifyHistoryRequest request,
        CancellationToken cancellationToken
    )
    {
        using var call = session.Platform.History.VerifyHistory(request, cancellationToken: cancellationToken);
        VerifyHistoryResponse? last = null;
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            last = call.ResponseStream.Current;
            if (!last.Done && session.Output.IsInteractive)
            {
                session.Output.Note($"{Held(last)} so far");
            }
        }

        return last is { Done: true }
            ? last
            : throw new CliException(
                ExitCode.Unavailable,
                "UNAVAILABLE",
                "The platform ended the verification early; repeat it."
            );
    }

    private static void Write(CliOutput output, VerifyHistoryRequest request, VerifyHistoryResponse end)
    {
        if (output.IsJson)
        {
            output.WriteMessage(end);
            return;
        }
        output.WriteLine(
            end.HistoryBreak is { } broken
                ? $"{Shown.Id(request.Parent)} breaks at {broken.Commit}: {broken.Problem} ({Held(end)} before it)."
                : $"{Shown.Id(request.Parent)} holds: {Held(end)}."
        );
    }

    private static string Held(VerifyHistoryResponse response) =>
        Figures.Count(response.VerifiedCommits, "commit")
        + (response.VerifiedBytes > 0 ? $", {Figures.Bytes(response.VerifiedBytes)} of data" : "");
}
