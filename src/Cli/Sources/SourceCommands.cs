using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Sources;

/// <summary><c>dendrite source create | list | show | update | delete | preview | sync | …</c>.</summary>
internal static class SourceCommands
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("source", "Pull data from outside into a branch, incrementally: web servers, PostgreSQL, folders.")
        {
            Create(application),
            List(application),
            Show(application),
            Update(application),
            Delete(application),
            Preview(application),
            SourceSyncCommand.Build(application),
            SourceBackfillCommand.Build(application),
            DeadLetterCommands.List(application),
            DeadLetterCommands.Replay(application),
        };

    public static Argument<string> IdArgument() => new("SOURCE") { Description = "Id of the source." };

    /// <summary>Full name of the source that an argument names.</summary>
    public static string NameOf(Session session, Argument<string> id) =>
        session.Platform.SyncSourceName(session.Arguments.GetRequiredValue(id));

    private static Command Create(CliApplication application)
    {
        var (id, options) = (IdArgument(), new SourceOptions());
        var command = new Command("create", "Declare a source; 'source preview' then shows what it would bring.")
        {
            id,
        };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var source = new SyncSource();
                options.ApplyTo(session, source);
                var made = await session.Platform.Sync.CreateSyncSourceAsync(
                    new()
                    {
                        Parent = session.Platform.ProjectName,
                        SyncSourceId = session.Arguments.GetRequiredValue(id),
                        SyncSource = source,
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                SourceView.Write(session.Output, made.SyncSource);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command List(CliApplication application)
    {
        var command = new Command("list", "List the sources of the project, and how far they are.");
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var all = await Pages.ReadAllAsync(
                    new ListSyncSourcesRequest { Parent = session.Platform.ProjectName, PageSize = PageSize },
                    (asked, token) => session.Platform.Sync.ListSyncSourcesAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                SourceView.Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application)
    {
        var id = IdArgument();
        var command = new Command("show", "Show a source and how far it is; with --json as 'create' reads it.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var found = await GetAsync(session, id, cancellationToken);
                SourceView.Write(session.Output, found);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Update(CliApplication application)
    {
        var (id, options) = (IdArgument(), new SourceOptions());
        var command = new Command("update", "Change what is given of a source; the rest, and its checkpoint, stay.")
        {
            id,
        };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var source = await GetAsync(session, id, cancellationToken);
                var paths = options.ApplyTo(session, source);
                if (paths.Count == 0)
                {
                    throw new CliException(
                        ExitCode.Usage,
                        "USAGE",
                        "Nothing is to be changed; see --help for what can."
                    );
                }

                // Its etag goes with it: whoever changed it in between is not overwritten.
                var request = new UpdateSyncSourceRequest
                {
                    SyncSource = source,
                    UpdateMask = new FieldMask { Paths = { paths } },
                    RequestId = session.NewRequestId(),
                };
                var changed = await session.Platform.Sync.UpdateSyncSourceAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                SourceView.Write(session.Output, changed.SyncSource);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var id = IdArgument();
        var missingOk = new Option<bool>("--missing-ok") { Description = "A source that does not exist is no error." };
        var command = new Command("delete", "Delete a source with its checkpoint and dead letters; the records stay.")
        {
            id,
            missingOk,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Sync.DeleteSyncSourceAsync(
                    new()
                    {
                        Name = NameOf(session, id),
                        AllowMissing = session.Arguments.GetValue(missingOk),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                SourceView.WriteDeleted(session.Output, response);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Preview(CliApplication application)
    {
        var id = IdArgument();
        var command = new Command("preview", "Fetch a first page and show what it would write; writes nothing.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var found = await session.Platform.Sync.PreviewSyncAsync(
                    new() { Name = NameOf(session, id) },
                    cancellationToken: cancellationToken
                );
                SourceView.Write(session.Output, found);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task<SyncSource> GetAsync(
        Session session,
        Argument<string> id,
        CancellationToken cancellationToken
    ) =>
        (
            await session.Platform.Sync.GetSyncSourceAsync(
                new() { Name = NameOf(session, id) },
                cancellationToken: cancellationToken
            )
        ).SyncSource;
}
