using Dendrite.Storage.Writes;
using Npgsql;

namespace Dendrite.Storage;

/// <summary>
/// A transaction of one project, for work that needs more than one round trip. Undone unless committed.
/// </summary>
public sealed class ProjectSession : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;
    private readonly WriteLog writes;
    private bool projectTold;
    private int places;

    internal ProjectSession(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        ProjectId project,
        WriteLog writes
    )
    {
        this.connection = connection;
        this.transaction = transaction;
        Project = project;
        this.writes = writes;
    }

    public ProjectId Project { get; }

    /// <summary>Ends with the transaction; null where none was taken.</summary>
    internal IDisposable? Turn { private get; set; }

    /// <summary>The next commands of this transaction. One batch at a time.</summary>
    public ProjectBatch CreateBatch()
    {
        var batch = new NpgsqlBatch(connection, transaction);
        var first = !projectTold;
        projectTold = true;
        return new(batch, Project, tellsProject: first, writes, isWhole: false);
    }

    /// <summary>Marks where <see cref="ReturnToAsync"/> goes back to. No round trip of its own.</summary>
    public async Task<SessionPlace> SaveAsync(CancellationToken cancellationToken)
    {
        var place = new SessionPlace($"place_{++places}", projectTold);
        await transaction.SaveAsync(place.Name, cancellationToken);
        return place;
    }

    /// <summary>
    /// Undoes what came after a place, so that the transaction goes on also where a command failed or was cancelled.
    /// One round trip.
    /// </summary>
    public async Task ReturnToAsync(SessionPlace place, CancellationToken cancellationToken)
    {
        try
        {
            await transaction.RollbackAsync(place.Name, cancellationToken);
            projectTold = place.IsProjectTold;
        }
        catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
        {
            throw known;
        }
    }

    /// <summary>Makes everything durable. One round trip and a flush of the log.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await transaction.CommitAsync(cancellationToken);
        }
        finally
        {
            Turn?.Dispose();
            // Also where the answer was lost: it may be durable all the same.
            await writes.TellAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await transaction.DisposeAsync();
        }
        finally
        {
            Turn?.Dispose();
            await connection.DisposeAsync();
        }
    }
}

/// <summary>A place in a transaction.</summary>
/// <param name="Name">That of its savepoint.</param>
/// <param name="IsProjectTold">Whether the project had been told by then: else it is told anew.</param>
public sealed record SessionPlace(string Name, bool IsProjectTold);
