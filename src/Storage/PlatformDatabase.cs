using Dendrite.Storage.Writes;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage;

/// <summary>The platform's database as one service sees it: every access is to one project.</summary>
/// <param name="observer">Told of what transactions changed; null: nobody keeps copies.</param>
public sealed class PlatformDatabase(NpgsqlDataSource dataSource, IWriteObserver? observer = null)
{
    /// <summary>
    /// How many statements each connection keeps prepared: more than any service has, so none is planned twice.
    /// </summary>
    private const int PreparedStatements = 100;

    /// <summary>
    /// What a connection gathers before it sends. A connection keeps it for as long as it is in the pool.
    /// </summary>
    private const int WriteBufferBytes = 128 << 10;

    /// <summary>Settings of the services' connections, each for a plan or a figure that was bad without it.</summary>
    private static readonly string[] Settings =
    [
        // Compiling a plan takes 20 ms and more, each time that it runs, and is decided by a cost that the planner
        // guesses: a page of records that is read in 1 ms was compiled each time.
        "jit=off",
        // That of the functions that run as the owner: expressions that both use keep their plans.
        "search_path=pg_catalog,pg_temp",
        // Indexes are in memory or on flash. By the default, which is for turning disks, a hundred timelines were read
        // from end to end to find one by its key.
        "random_page_cost=1.1",
    ];

    private readonly TimelineTurns turns = new();

    /// <summary>What stands before a project is known: API keys and the names of projects.</summary>
    internal NpgsqlDataSource DataSource => dataSource;

    /// <summary>The settings that every service's connections share; for <c>AddNpgsqlDataSource</c>.</summary>
    public static void Configure(NpgsqlDataSourceBuilder builder)
    {
        builder.ConnectionStringBuilder.MaxAutoPrepare = PreparedStatements;
        // Prepared on second use: what runs once costs nothing.
        builder.ConnectionStringBuilder.AutoPrepareMinUsages = 2;
        // A block is some hundred KB: by the 8 KB that are the default it takes a call of the system for each of them.
        builder.ConnectionStringBuilder.WriteBufferSize = WriteBufferBytes;
        // What a transaction sets ends with it, so a connection has nothing to forget on its way back to the pool;
        // forgetting took 0.1 ms each time.
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        var told = string.Join(' ', Settings.Select(each => $"-c {each}"));
        builder.ConnectionStringBuilder.Options = $"{builder.ConnectionStringBuilder.Options} {told}".Trim();
    }

    /// <summary>
    /// Tells of what is durable already, where the caller is about to say so: whoever wrote it may have died, or been
    /// cut off, before it told anybody. What is kept by a name below the branch's or tag's counts as that.
    /// </summary>
    public Task TellAsync(ProjectId project, string resource) =>
        observer?.WroteAsync(new(project, [], [resource])) ?? Task.CompletedTask;

    /// <summary>The same of what a timeline took.</summary>
    public Task TellAsync(ProjectId project, TimelineId timeline) =>
        observer?.WroteAsync(new(project, [timeline], [])) ?? Task.CompletedTask;

    /// <summary>Commands that are a transaction of their own, in one round trip.</summary>
    public ProjectBatch CreateBatch(ProjectId project) =>
        new(dataSource.CreateBatch(), project, tellsProject: true, new WriteLog(project, observer), isWhole: true);

    /// <summary>
    /// Begins a transaction that will commit to a timeline, when those of this process that came before have ended.
    /// </summary>
    public async Task<ProjectSession> BeginAsync(
        ProjectId project,
        TimelineId timeline,
        CancellationToken cancellationToken
    )
    {
        var turn = await TakeTurnAsync(timeline, cancellationToken);
        try
        {
            var session = await BeginAsync(project, cancellationToken);
            session.Turn = turn;
            return session;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>
    /// For a commit in one round trip: waits until those of this process that came before have ended.
    /// </summary>
    internal Task<IDisposable> TakeTurnAsync(TimelineId timeline, CancellationToken cancellationToken) =>
        turns.TakeAsync(timeline, cancellationToken);

    /// <summary>Whether somebody of this process is committing to a timeline, or waits for a turn to.</summary>
    internal bool IsTaken(TimelineId timeline) => turns.AreTaken(timeline);

    /// <summary>
    /// Begins a transaction; the project is told with its first command. No round trip but that of a new connection.
    /// </summary>
    public async Task<ProjectSession> BeginAsync(ProjectId project, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            return new(connection, transaction, project, new WriteLog(project, observer));
        }
        catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
        {
            throw known;
        }
    }
}
