using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Branches;

/// <summary>
/// <c>dendrite branch protect | unprotect | archive | unarchive | delete | undelete</c>: where a branch stands in its
/// life.
/// </summary>
internal static class BranchStateCommands
{
    public static Command Protect(CliApplication application, bool isProtected) =>
        BranchCommands.OnOne(
            application,
            isProtected
                ? new Command("protect", "Refuse deletion, reset and every write but merges.")
                : new Command("unprotect", "Lift the protection; main keeps its own."),
            async (session, target, cancellationToken) =>
                (
                    await session.Platform.Branches.SetBranchProtectionAsync(
                        new SetBranchProtectionRequest
                        {
                            Name = target.Name,
                            Protected = isProtected,
                            Etag = target.Etag,
                            RequestId = target.RequestId,
                        },
                        cancellationToken: cancellationToken
                    )
                ).Branch
        );

    public static Command Archive(CliApplication application) =>
        BranchCommands.OnOne(
            application,
            new Command("archive", "Close a branch to writes; it stays readable."),
            async (session, target, cancellationToken) =>
                (
                    await session.Platform.Branches.ArchiveBranchAsync(
                        new ArchiveBranchRequest
                        {
                            Name = target.Name,
                            Etag = target.Etag,
                            RequestId = target.RequestId,
                        },
                        cancellationToken: cancellationToken
                    )
                ).Branch
        );

    public static Command Unarchive(CliApplication application) =>
        BranchCommands.OnOne(
            application,
            new Command("unarchive", "Open an archived branch to writes again."),
            async (session, target, cancellationToken) =>
                (
                    await session.Platform.Branches.UnarchiveBranchAsync(
                        new UnarchiveBranchRequest
                        {
                            Name = target.Name,
                            Etag = target.Etag,
                            RequestId = target.RequestId,
                        },
                        cancellationToken: cancellationToken
                    )
                ).Branch
        );

    public static Command Undelete(CliApplication application) =>
        BranchCommands.OnOne(
            application,
            new Command("undelete", "Restore a deleted branch that is not purged yet."),
            async (session, target, cancellationToken) =>
                (
                    await session.Platform.Branches.UndeleteBranchAsync(
                        new UndeleteBranchRequest
                        {
                            Name = target.Name,
                            Etag = target.Etag,
                            RequestId = target.RequestId,
                        },
                        cancellationToken: cancellationToken
                    )
                ).Branch
        );

    public static Command Delete(CliApplication application)
    {
        var id = BranchCommands.BranchArgument();
        var purge = new Option<bool>("--purge")
        {
            Description = "For good, now, instead of after the grace time; its id is free after the next maintenance.",
        };
        var missingOk = new Option<bool>("--missing-ok") { Description = "A branch that does not exist is no error." };
        var etag = FieldOptions.Etag();
        var command = new Command("delete", "Delete a branch. Others lose nothing.") { id, purge, missingOk, etag };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var branches = session.Platform.Branches;
                var request = new DeleteBranchRequest
                {
                    Name = session.Platform.BranchName(session.Arguments.GetRequiredValue(id)),
                    Purge = session.Arguments.GetValue(purge),
                    Etag = session.Arguments.GetValue(etag) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var (response, wasThere) = await Deletion.DoAsync(
                    session.Arguments.GetValue(missingOk),
                    allows =>
                        branches.DeleteBranchAsync(
                            new(request) { AllowMissing = allows },
                            cancellationToken: cancellationToken
                        )
                );
                BranchView.WriteDeleted(session.Output, request.Name, response, wasThere);
                return ExitCode.Success;
            }
        );
        return command;
    }
}
