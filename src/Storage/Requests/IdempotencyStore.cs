using System.Text.Json;
using Dendrite.Errors;
using Dendrite.Storage.Commits;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Requests;

/// <summary>
/// Remembers requests that were done, so that a repeated one is answered and not done again. The memory is written in
/// the mutation's own transaction: two equal requests at once meet at its key, and the second is undone and then
/// answered.
/// </summary>
public sealed class IdempotencyStore(PlatformDatabase database)
{
    /// <summary>The constraint that a repeated request violates.</summary>
    public const string Constraint = "request_is_done";

    /// <summary>
    /// Whether the failure says that this request was done before: then answer with <see cref="FindAsync"/>.
    /// </summary>
    public static bool IsRepetition(PostgresException failure) => failure.IsTaken(Constraint);

    /// <summary>
    /// Whether a request may have failed only because an equal one, which ran beside it, was faster: what that one
    /// changed can stand in the way of this one before its id does, as a refusal.
    /// </summary>
    public static bool MayBeOfRepetition(Exception obstacle) =>
        obstacle switch
        {
            PostgresException failure => IsRepetition(failure),
            DendriteException refusal => refusal.Reason != ErrorReason.Unavailable,
            _ => false,
        };

    /// <summary>
    /// Does a request that is remembered in its own transaction, or answers it as it was answered before, also where an
    /// equal one ran beside it and was faster. One round trip more than the request; one more where it is refused.
    /// </summary>
    /// <param name="answer">Makes the answer again from what was remembered.</param>
    public async Task<T> OnceAsync<T>(
        ProjectId project,
        Mutation mutation,
        Func<Task<T>> act,
        Func<byte[], Task<T>> answer,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(project, mutation, cancellationToken) is { } before)
        {
            return await answer(before);
        }

        try
        {
            return await act();
        }
        catch (Exception obstacle) when (MayBeOfRepetition(obstacle))
        {
            if (await FindAsync(project, mutation, cancellationToken) is { } faster)
            {
                return await answer(faster);
            }

            throw;
        }
    }

    /// <summary>
    /// Remembers the request and writes the audit; adds nothing to remember where there is no request id.
    /// </summary>
    /// <param name="outcome">What the method needs to answer again, such as the id of what it made; at most 64
    /// KiB.</param>
    public static void AddTo(ProjectBatch batch, Mutation mutation, byte[] outcome) =>
        WithMutation(
                batch.Add($"WITH changed AS (SELECT @outcome AS outcome), {Recording} SELECT FROM changed"),
                mutation
            )
            .With("outcome", outcome);

    /// <summary>
    /// As <see cref="AddTo"/>, behind the commit door in the same transaction: the outcome begins with the version, 8
    /// bytes big-endian, which nobody knows before.
    /// </summary>
    /// <remarks>
    /// A statement for each table: the nodes of one with common table expressions cost each commit more to start.
    /// </remarks>
    internal static void AddCommittedTo(ProjectBatch batch, Mutation mutation, byte[] outcome)
    {
        if (mutation.RequestId is not null)
        {
            AddRememberedTo(batch, mutation, outcome);
        }

        WithMutation(
            batch.Add(
                """
                INSERT INTO branching.audit_entry (project_id, actor, method, resource, request_id, detail)
                VALUES (branching.current_project(), @actor, @method, @resource, @request_id, @detail)
                """
            ),
            mutation
        );
    }

    /// <summary>
    /// Remembers a request that found nothing to change, so that a repeated one changes nothing either, whatever there
    /// is by then. Nothing is audited. One round trip; none where there is no request id.
    /// </summary>
    public async Task RememberAsync(
        ProjectId project,
        Mutation mutation,
        byte[] outcome,
        CancellationToken cancellationToken
    )
    {
        if (mutation.RequestId is not { } requestId)
        {
            return;
        }

        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                INSERT INTO branching.request (project_id, request_id, method, request_digest, outcome)
                VALUES (@project, @request_id, @method, @request_digest, @outcome)
                """
            )
            .With("project", project.Value)
            .With("request_id", requestId)
            .With("method", mutation.Method)
            .With("request_digest", mutation.RequestDigest)
            .With("outcome", outcome);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// As <see cref="RememberAsync"/>, of a deletion that found nothing, where the caller allows that; otherwise it is
    /// an error, and those are not remembered.
    /// </summary>
    /// <exception cref="DendriteException">REQUEST_ID_REUSED.</exception>
    internal Task RememberMissingAsync(ProjectId project, Mutation mutation, CancellationToken cancellationToken) =>
        mutation.AllowsMissing ? RememberUnchangedAsync(project, mutation, [], cancellationToken) : Task.CompletedTask;

    /// <summary>As <see cref="RememberAsync"/>, where an equal request beside this one may remember the same.</summary>
    /// <exception cref="DendriteException">REQUEST_ID_REUSED.</exception>
    internal async Task RememberUnchangedAsync(
        ProjectId project,
        Mutation mutation,
        byte[] outcome,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await RememberAsync(project, mutation, outcome, cancellationToken);
        }
        catch (PostgresException failure) when (IsRepetition(failure))
        {
            // An equal one beside it was faster; or the id is another request's, which is refused.
            await FindAsync(project, mutation, cancellationToken);
        }
    }

    /// <summary>
    /// As <see cref="AddCommittedTo"/>, of a request with an id, for what the audit leaves to the commits.
    /// </summary>
    internal static void AddRememberedTo(ProjectBatch batch, Mutation mutation, byte[] outcome) =>
        WithMutation(
                batch.Add(
                    $"""
                    INSERT INTO branching.request (project_id, request_id, method, request_digest, outcome)
                    VALUES (branching.current_project(), @request_id, @method, @request_digest,
                        int8send({CommitDoor.Version}) || @outcome)
                    """
                ),
                mutation
            )
            .With("outcome", outcome);

    /// <summary>
    /// What a repeated request left behind; null where it was not done yet. One round trip. Those who keep copies of
    /// the mutation's branch or tag are told again: who did it may have died before, and the caller is to see it.
    /// </summary>
    /// <exception cref="DendriteException">REQUEST_ID_REUSED: the id was used for another request.</exception>
    public async Task<byte[]?> FindAsync(ProjectId project, Mutation mutation, CancellationToken cancellationToken)
    {
        if (mutation.RequestId is not { } requestId)
        {
            return null;
        }

        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT method, request_digest, outcome FROM branching.request
                WHERE project_id = @project AND request_id = @request_id
                """
            )
            .With("project", project.Value)
            .With("request_id", requestId);
        var done = await batch.ReadRowAsync(
            reader => new
            {
                Method = reader.GetString(0),
                Digest = reader.GetFieldValue<byte[]>(1),
                Outcome = reader.GetFieldValue<byte[]>(2),
            },
            cancellationToken
        );
        if (done is null)
        {
            return null;
        }

        if (done.Method != mutation.Method || !done.Digest.AsSpan().SequenceEqual(mutation.RequestDigest))
        {
            throw new DendriteException(
                ErrorReason.RequestIdReused,
                $"Request id {requestId} was used for another request ({done.Method}): make a new id for each."
            );
        }

        await database.TellAsync(project, mutation.Resource);
        return done.Outcome;
    }

    /// <summary>
    /// The error that a request was done before, and that what it made or changed is gone: there is nothing to answer
    /// with, and it is not done again.
    /// </summary>
    /// <param name="reason">That there is none.</param>
    internal static DendriteException Gone(ErrorReason reason, Mutation mutation) =>
        new(
            reason,
            $"Request {mutation.RequestId} ({mutation.Method}) was done before, and what it was about is deleted "
                + "since: make a new id to do it anew."
        );

    /// <summary>
    /// Two common table expressions that follow one named <c>changed</c> with a column <c>outcome</c>: the request is
    /// remembered and audited only where something changed.
    /// </summary>
    internal const string Recording = """
        remembered AS (
            INSERT INTO branching.request (project_id, request_id, method, request_digest, outcome)
            SELECT branching.current_project(), @request_id, @method, @request_digest, changed.outcome
            FROM changed WHERE @request_id IS NOT NULL
        ), audited AS (
            INSERT INTO branching.audit_entry (project_id, actor, method, resource, request_id, detail)
            SELECT branching.current_project(), @actor, @method, @resource, @request_id, @detail FROM changed
        )
        """;

    /// <summary>The parameters of <see cref="Recording"/>.</summary>
    internal static NpgsqlBatchCommand WithMutation(NpgsqlBatchCommand command, Mutation mutation) =>
        command
            .With("request_id", NpgsqlDbType.Uuid, mutation.RequestId)
            .With("method", mutation.Method)
            .With("request_digest", mutation.RequestDigest)
            .With("actor", mutation.Actor)
            .With("resource", mutation.Resource)
            .With("detail", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(mutation.Detail));

    /// <summary>The resource that a mutation is about; null where the command is none.</summary>
    internal static string? FindResource(NpgsqlBatchCommand command) =>
        command.Parameters.Contains("request_digest") && command.Parameters.Contains("resource")
            ? (string)command.Parameters["resource"].Value!
            : null;
}
