using System.CommandLine;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.Cli.Resources;

/// <summary>
/// The commands that every kind of thing has that a project declares: <c>list</c>, <c>show ID</c>, <c>create ID</c>,
/// <c>update ID</c> and <c>delete ID</c>. Each kind gives its texts, its options and the calls.
/// </summary>
/// <param name="idArgument">Makes the argument that is the id; each command needs its own.</param>
/// <param name="nameOf">
/// The full name of what is given by id or by full name; an argument that may be left out is empty then.
/// </param>
internal sealed class ResourceCommands(
    CliApplication application,
    Func<Argument<string>> idArgument,
    Func<Platform, string, string> nameOf
)
{
    /// <summary>The server's bound: few round trips for a list that is shown whole.</summary>
    private const int PageSize = 1_000;

    /// <summary><c>list</c>: all of the project, page by page.</summary>
    /// <param name="request">Of the first page: of the project's name and the size of pages.</param>
    public Command List<TRequest, TList>(
        string description,
        Func<string, int, TRequest> request,
        Func<Platform, TRequest, CancellationToken, AsyncUnaryCall<TList>> list,
        Action<CliOutput, TList> write
    )
        where TRequest : IMessage<TRequest>
        where TList : IMessage<TList>, new()
    {
        var command = new Command("list", description);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var all = await Pages.ReadAllAsync(
                    request(session.Platform.ProjectName, PageSize),
                    (asked, token) => list(session.Platform, asked, token),
                    cancellationToken
                );
                write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary><c>show ID</c>.</summary>
    /// <param name="get">The call, of the full name.</param>
    public Command Show<TResponse>(
        string description,
        Func<Platform, string, CancellationToken, AsyncUnaryCall<TResponse>> get,
        Action<CliOutput, TResponse> write
    )
    {
        var id = idArgument();
        var command = new Command("show", description) { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                write(session.Output, await get(session.Platform, NameOf(session, id), cancellationToken));
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary><c>create ID</c> with the options of the kind.</summary>
    /// <param name="create">The call, of the id as it was given.</param>
    public Command Create<TResponse>(
        string description,
        IEnumerable<Option> options,
        Func<Session, string, CancellationToken, Task<TResponse>> create,
        Action<CliOutput, TResponse> write
    )
    {
        var id = idArgument();
        var command = new Command("create", description) { id };
        AddTo(command, options);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                write(session.Output, await create(session, session.Arguments.GetRequiredValue(id), cancellationToken));
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary><c>update ID [--etag ETAG]</c> with the options of the kind.</summary>
    /// <param name="update">The call.</param>
    public Command Update<TResponse>(
        string description,
        IEnumerable<Option> options,
        Func<Session, UpdateTarget, CancellationToken, Task<TResponse>> update,
        Action<CliOutput, TResponse> write
    )
    {
        var id = idArgument();
        var etag = FieldOptions.Etag();
        var command = new Command("update", description) { id, etag };
        AddTo(command, options);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var target = new UpdateTarget(NameOf(session, id), session.Arguments.GetValue(etag) ?? "");
                write(session.Output, await update(session, target, cancellationToken));
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary><c>delete ID [--missing-ok]</c>.</summary>
    /// <param name="delete">The call.</param>
    /// <param name="say">What is said then, of the full name; <c>Deleted NAME.</c> without it.</param>
    public Command Delete<TResponse>(
        string description,
        Func<Platform, DeleteTarget, CancellationToken, AsyncUnaryCall<TResponse>> delete,
        Func<string, string>? say = null
    )
        where TResponse : IMessage
    {
        var id = idArgument();
        var missingOk = new Option<bool>("--missing-ok") { Description = "One that does not exist is no error." };
        var command = new Command("delete", description) { id, missingOk };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var (name, requestId) = (NameOf(session, id), session.NewRequestId());
                var (response, wasThere) = await Deletion.DoAsync(
                    session.Arguments.GetValue(missingOk),
                    allows => delete(session.Platform, new(name, allows, requestId), cancellationToken)
                );
                var deleted = say?.Invoke(name) ?? Deletion.Say(name, wasThere: true);
                session.Output.WriteResult(response, wasThere ? deleted : Deletion.Say(name, wasThere));
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static void AddTo(Command command, IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            command.Add(option);
        }
    }

    private string NameOf(Session session, Argument<string> id) =>
        nameOf(session.Platform, session.Arguments.GetValue(id) ?? "");
}

/// <summary>What is to be updated.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Etag">The one that it must still have; empty: any.</param>
internal sealed record UpdateTarget(string Name, string Etag);

/// <summary>What is to be deleted, and by which request.</summary>
/// <param name="Name">Its full name.</param>
internal sealed record DeleteTarget(string Name, bool AllowMissing, string RequestId);
