using System.Runtime.CompilerServices;
using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>Rows of one statement as they are taken, in the caller's transaction or in one of their own.</summary>
internal static class RecordStream
{
    /// <param name="database">Where a transaction of their own is begun.</param>
    /// <param name="scope">The project, and the caller's transaction; null begins one.</param>
    /// <param name="add">Adds the statement.</param>
    /// <param name="read">Reads the row that the reader stands on.</param>
    /// <param name="cancellationToken">Stops the statement.</param>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        PlatformDatabase database,
        (ProjectId Project, ProjectSession? Session) scope,
        Action<ProjectBatch> add,
        Func<NpgsqlDataReader, T> read,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // A statement can be cancelled on a connection that is held, and not where the pool chose one for it.
        await using var own = scope.Session is null
            ? await database.BeginAsync(scope.Project, cancellationToken)
            : null;
        await using var batch = (scope.Session ?? own!).CreateBatch();
        add(batch);
        await foreach (var row in batch.StreamRowsAsync(read, mayAbandon: own is not null, cancellationToken))
        {
            yield return row;
        }
    }
}
