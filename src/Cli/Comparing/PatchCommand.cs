using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Comparing;

/// <summary>
/// <c>dendrite patch BRANCH FILE</c>: brings what <c>diff --format json-patch</c> wrote to another branch.
/// </summary>
internal static class PatchCommand
{
    /// <summary>Records of one transaction, as the contract has it.</summary>
    private const int MaxRecords = 10_000;

    /// <summary>Records asked for at once.</summary>
    private const int ReadAtOnce = 32;

    /// <summary>Misfits that are named; a person corrects the first and tries again.</summary>
    private const int ShownMisfits = 20;

    public static Command Build(CliApplication application)
    {
        var branch = new Argument<string>("BRANCH") { Description = "The branch to change." };
        var file = new Argument<string>("FILE") { Description = "A JSON patch of diff --format json-patch." };
        var message = new Option<string?>("--message", "-m")
        {
            Description = "Message of the commit.",
            HelpName = "TEXT",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say whether it fits." };
        var command = new Command("patch", "Apply a JSON patch to a branch: in one commit, or not at all.")
        {
            branch,
            file,
            message,
            dryRun,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var (arguments, platform) = (session.Arguments, session.Platform);
                var parent = platform.BranchName(arguments.GetRequiredValue(branch));
                var path = arguments.GetRequiredValue(file);
                var patch = RecordPatchFile.Read(await DefinitionFile.ReadTextAsync(path, cancellationToken));
                CheckSize(patch);
                var writes = await PlanAsync(session, parent, patch, cancellationToken);
                if (writes.Count == 0 || arguments.GetValue(dryRun))
                {
                    session.Output.Note($"The patch fits: {Figures.Count(patch.Count, "record")}, nothing is written.");
                    if (session.Output.IsJson)
                    {
                        session.Output.WriteMessage(new CommitTransactionResponse());
                    }

                    return ExitCode.Success;
                }

                var request = new CommitTransactionRequest
                {
                    Parent = parent,
                    CommitMessage = arguments.GetValue(message) ?? "Apply a patch",
                    RequestId = session.NewRequestId(),
                };
                request.Writes.AddRange(writes);
                var response = await platform.Records.CommitTransactionAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                if (session.Output.IsJson)
                {
                    session.Output.WriteMessage(response);
                }
                else
                {
                    session.Output.WriteLine(
                        $"{parent}@{response.Version}  {Figures.Count(response.WrittenRecords, "record")} written"
                    );
                }

                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary>The writes, each on condition that its record stays as it was read.</summary>
    /// <exception cref="CliException">The patch does not fit: nothing may be written.</exception>
    private static async Task<IReadOnlyList<DatasetWrites>> PlanAsync(
        Session session,
        string parent,
        IReadOnlyList<RecordEdit> patch,
        CancellationToken cancellationToken
    )
    {
        var misfits = new List<string>();
        var writes = new SortedDictionary<string, DatasetWrites>(StringComparer.Ordinal);
        foreach (var edits in patch.Chunk(ReadAtOnce))
        {
            var records = await Task.WhenAll(edits.Select(edit => FindAsync(session, parent, edit, cancellationToken)));
            foreach (var (edit, record) in edits.Zip(records))
            {
                if (!writes.TryGetValue(edit.Dataset, out var of))
                {
                    writes[edit.Dataset] = of = new() { DatasetId = edit.Dataset };
                }

                misfits.AddRange(edit.AddTo(of, record));
            }
        }

        return misfits.Count == 0
            ? [.. writes.Values.Where(of => of.CalculateSize() > of.DatasetId.Length + 2)]
            : throw Misfit(parent, misfits);
    }

    private static async Task<Record?> FindAsync(
        Session session,
        string parent,
        RecordEdit edit,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var name = $"{parent}/datasets/{edit.Dataset}/records/{edit.Record}";
            var found = await session.Platform.Records.GetRecordAsync(
                new() { Name = name },
                cancellationToken: cancellationToken
            );
            return found.Record;
        }
        catch (RpcException missing) when (IsMissingRecord(missing))
        {
            return null;
        }
    }

    private static bool IsMissingRecord(RpcException error) =>
        error.StatusCode == StatusCode.NotFound
        && ErrorStatus.FromRpcException(error)?.Reason == ErrorReason.RecordNotFound;

    private static void CheckSize(IReadOnlyList<RecordEdit> patch)
    {
        if (patch.Count > MaxRecords)
        {
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"The patch is about {Figures.Count(patch.Count)} records; one commit takes "
                    + $"{Figures.Count(MaxRecords)}. Write it by dataset (diff --dataset), or merge the branch."
            );
        }
    }

    private static CliException Misfit(string parent, List<string> misfits)
    {
        var more = misfits.Count > ShownMisfits ? $"\n  ... {misfits.Count - ShownMisfits} more" : "";
        return new(
            ExitCode.Conflict,
            "PATCH_DOES_NOT_FIT",
            $"The patch does not fit {parent}; nothing was written:\n  "
                + $"{string.Join("\n  ", misfits.Take(ShownMisfits))}{more}"
        );
    }
}
