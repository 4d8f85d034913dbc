using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Sources;

/// <summary><c>dendrite source create | list | show | update | delete | preview | sync | …</c>.</summary>
internal static class SourceCommands
{
    public static Command Build(CliApplication application)
    {
        var sources = new ResourceCommands(application, IdArgument, (platform, id) => platform.SyncSourceName(id));
        return new("source", "Pull data from outside into a branch, incrementally: web servers, PostgreSQL, folders.")
        {
            Create(sources),
            List(sources),
            Show(sources),
            Update(application),
            Delete(sources),
            Preview(application),
            SourceSyncCommand.Build(application),
            SourceBackfillCommand.Build(application),
            DeadLetterCommands.List(application),
            DeadLetterCommands.Replay(application),
        };
    }

    public static Argument<string> IdArgument() => new("SOURCE") { Description = "Id of the source." };

    /// <summary>Full name of the source that an argument names.</summary>
    public static string NameOf(Session session, Argument<string> id) =>
        session.Platform.SyncSourceName(session.Arguments.GetRequiredValue(id));

    private static Command Create(ResourceCommands sources)
    {
        var options = new SourceOptions();
        return sources.Create(
            "Declare a source; 'source preview' then shows what it would bring.",
            options.All,
            async (session, id, token) =>
            {
                var source = new SyncSource();
                options.ApplyTo(session, source);
                if (source.OriginCase == SyncSource.OriginOneofCase.None)
                {
                    throw new CliException(
                        ExitCode.Usage,
                        "USAGE",
                        "A source comes from one of --url, --postgres and --folder: give one."
                    );
                }

                var request = new CreateSyncSourceRequest
                {
                    Parent = session.Platform.ProjectName,
                    SyncSourceId = id,
                    SyncSource = source,
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Sync.CreateSyncSourceAsync(request, cancellationToken: token);
            },
            (output, made) => SourceView.Write(output, made.SyncSource)
        );
    }

    private static Command List(ResourceCommands sources) =>
        sources.List(
            "List the sources of the project, and how far they are.",
            (project, size) => new ListSyncSourcesRequest { Parent = project, PageSize = size },
            (platform, asked, token) => platform.Sync.ListSyncSourcesAsync(asked, cancellationToken: token),
            SourceView.Write
        );

    private static Command Show(ResourceCommands sources) =>
        sources.Show(
            "Show a source and how far it is; with --json as 'create' reads it.",
            (platform, name, token) =>
                platform.Sync.GetSyncSourceAsync(new() { Name = name }, cancellationToken: token),
            (output, found) => SourceView.Write(output, found.SyncSource)
        );

    private static Command Update(CliApplication application)
    {
        var (id, options) = (IdArgument(), new SourceOptions());
        var command = new Command("update", "Change what is given of a source; the rest, and its checkpoint, stay.")
        {
            id,
        };
        Array.ForEach(options.All, command.Add);
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

    private static Command Delete(ResourceCommands sources) =>
        sources.Delete(
            "Delete a source with its checkpoint and dead letters; the records stay.",
            (platform, target, token) =>
                platform.Sync.DeleteSyncSourceAsync(
                    new()
                    {
                        Name = target.Name,
                        AllowMissing = target.AllowMissing,
                        RequestId = target.RequestId,
                    },
                    cancellationToken: token
                )
        );

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
