using Dendrite.Storage;
using Dendrite.Storage.Requests;

namespace Dendrite.IngestService.Records;

/// <summary>Answers requests that were done before. Thread-safe.</summary>
internal sealed class DoneRequests(IdempotencyStore requests)
{
    /// <summary>
    /// Does a request, or answers it as it was answered before: an id is remembered in the commit's own transaction.
    /// The same request may run beside this one, and be the faster: then it stands in the way of this one.
    /// </summary>
    /// <param name="act">Besides the answer, whether anything was committed.</param>
    /// <param name="answer">Makes the answer again from what was remembered.</param>
    public async Task<TResponse> OnceAsync<TResponse>(
        ProjectId project,
        Mutation mutation,
        Func<Task<(TResponse Answer, bool IsCommitted)>> act,
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
        Func<Task<(TResponse Answer, bool IsCommitted)>> act,
        Func<RememberedCommit, Task<TResponse>> answer,
        CancellationToken cancellationToken
    )
    {
        (TResponse Answer, bool IsCommitted) done;
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

        return !done.IsCommitted && await FindAsync(project, mutation, cancellationToken) is { } same
            ? await answer(same)
            : done.Answer;
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
