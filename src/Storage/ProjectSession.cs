using Npgsql;

namespace Dendrite.Storage;

/// <summary>
/// A transaction of one project, for work that needs more than one round trip. Undone unless committed.
/// </summary>
public sealed class ProjectSession : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;
    private bool projectTold;

    internal ProjectSession(NpgsqlConnection connection, NpgsqlTransaction transaction, ProjectId project)
    {
        this.connection = connection;
        this.transaction = transaction;
        Project = project;
    }

    public ProjectId Project { get; }

    /// <summary>The next commands of this transaction. One batch at a time.</summary>
    public ProjectBatch CreateBatch()
    {
        var batch = new NpgsqlBatch(connection, transaction);
        var first = !projectTold;
        projectTold = true;
        return new(batch, Project, tellsProject: first);
    }

    /// <summary>Makes everything durable. One round trip and a flush of the log.</summary>
    public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
