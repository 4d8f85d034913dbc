using Dendrite.Storage;
using Dendrite.Storage.Requests;
using Npgsql;

namespace Dendrite.IngestService.Records;

/// <summary>What a request came to.</summary>
/// <param name="IsCommitted">It was, and the request is remembered with it.</param>
internal readonly record struct Done<T>(T Answer, bool IsCommitted)
{
    /// <summary>
    /// Of a request that found nothing to do: from what a repetition is answered, whatever there is to do by then. Null
    /// where nothing is to be remembered, since it was refused or only checked.
    /// </summary>
    public RememberedCommit? Nothing { get; init; }
}

/// <summary>Answers requests that were done before. Thread-safe.</summary>
internal sealed class DoneRequests(IdempotencyStore requests)
{
    /// <summary>
    /// Does a request, or answers it as it was answered before: an id is remembered in the commit's own transaction, or
    /// where it was found that there is nothing to do. The same request may run beside this one, and be the faster:
    /// then it stands in the way of this one.
    /// </summary>
    /// <param name="act">Does it; remembers it where it commits.</param>
    /// <param name="answer">Makes the answer again from what was remembered.</param>
    public async Task<TResponse> OnceAsync<TResponse>(
        ProjectId project,
        Mutation mutation,
        Func<Task<Done<TResponse>>> act,
        Func<RememberedCommit, Task<TResponse>> answer,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(project, mutation, cancellationToken) is { } before
            ? await answer(before)
            : await OnceShortAsync(project, mutation, act, answer, cancellationToken);

    /// <summary>
    /// As <see cref="OnceAsync"/>, for what takes milliseconds: it is done before anybody asks whether it was, which
    /// saves a round trip. What was done before stands in the way of a repetition: by its id, as a refusal, or in that
    /// nothing is left to do.
    /// </summary>
    public async Task<TResponse> OnceShortAsync<TResponse>(
        ProjectId project,
        Mutation mutation,
        Func<Task<Done<TResponse>>> act,
        Func<RememberedCommit, Task<TResponse>> answer,
        CancellationToken cancellationToken
    )
    {
        Done<TResponse> done;
        try
        {
            done = await act();
        }
        catch (Exception obstacle) when (IdempotencyStore.MayBeOfRepetition(obstacle))
        {
            if (await FindAsync(project, mutation, cancellationToken) is { } before)
            {
                return await answer(before);
            }

            throw;
        }

        return done.IsCommitted || await TryRememberAsync(project, mutation, done.Nothing, cancellationToken)
                ? done.Answer
            : await FindAsync(project, mutation, cancellationToken) is { } same ? await answer(same)
            : done.Answer;
    }

    /// <returns>False: an equal request beside this one was faster, or there is nothing to remember.</returns>
    private async Task<bool> TryRememberAsync(
        ProjectId project,
        Mutation mutation,
        RememberedCommit? nothing,
        CancellationToken cancellationToken
    )
    {
        if (nothing is null)
        {
            return false;
        }

        try
        {
            await requests.RememberAsync(project, mutation, nothing.Write(), cancellationToken);
            return true;
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            return false;
        }
    }

    private async Task<RememberedCommit?> FindAsync(
        ProjectId project,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        await requests.FindAsync(project, mutation, cancellationToken) is { } outcome
            ? RememberedCommit.Read(outcome)
            : null;
}
