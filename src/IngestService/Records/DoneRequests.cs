using Dendrite.Storage;
using Dendrite.Storage.Requests;
using Npgsql;

namespace Dendrite.IngestService.Records;

/// <summary>Answers requests that were done before. Thread-safe.</summary>
internal sealed class DoneRequests(IdempotencyStore requests)
{
    /// <summary>
    /// Does a request, or answers it as it was answered before: an id is remembered in the commit's own transaction.
    /// </summary>
    /// <param name="answer">Makes the answer again from what was remembered.</param>
    public async Task<TResponse> OnceAsync<TResponse>(
        ProjectId project,
        Mutation mutation,
        Func<Task<TResponse>> act,
        Func<RememberedCommit, Task<TResponse>> answer,
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
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            // The same request ran beside this one, and was the faster.
            var done = await FindAsync(project, mutation, cancellationToken);
            return await answer(done ?? throw new InvalidOperationException("A done request was forgotten.", failure));
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
