using System.Text.Json;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Commits;

/// <summary>
/// The one way to a new version: <c>branching.commit</c>, called inside the writer's own transaction. It locks the
/// branch's timeline until that transaction ends, so prepare everything before it and write only rows after it.
/// </summary>
/// <remarks>
/// <code>
/// await using var batch = database.CreateBatch(project);          // one transaction, one round trip
/// batch.Add(CommitDoor.CreateCommand(commit));
/// batch.Add($"INSERT INTO … SELECT …, {CommitDoor.Version} …");   // rows bear the version they were committed at
/// var receipt = await batch.ReadAsync(CommitDoor.ReadReceiptAsync, cancellationToken);
/// </code>
/// </remarks>
public static class CommitDoor
{
    /// <summary>The database's code for <see cref="CommitRequest.Expected"/> that is not there any more.</summary>
    public const string HeadMoved = "DN050";

    /// <summary>SQL for the version of the transaction's last commit.</summary>
    public const string Version = "branching.committed_version()";

    private const string Call = """
        SELECT version, commit_time, hash
        FROM branching.commit(
            @timeline, @kind, @author, @message, @digest, @statistics,
            @expected_head, @expected_name, @expected_hash)
        """;

    /// <summary>The command that commits; its result is one row for <see cref="ReadReceiptAsync"/>.</summary>
    public static NpgsqlBatchCommand CreateCommand(CommitRequest commit) =>
        new NpgsqlBatchCommand(Call)
            .With("timeline", commit.Timeline.Value)
            .With("kind", commit.Kind.ToString().ToLowerInvariant())
            .With("author", commit.Author)
            .With("message", commit.Message)
            .With("digest", commit.Digest)
            .With("statistics", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(commit.Statistics))
            .With("expected_head", NpgsqlDbType.Bigint, commit.Expected?.Version.Value)
            .With("expected_name", NpgsqlDbType.Bigint, commit.Expected?.NameRevision)
            .With("expected_hash", NpgsqlDbType.Bytea, commit.Expected?.Hash);

    /// <summary>The timeline that a command commits to; null where it is another command.</summary>
    internal static TimelineId? FindTimeline(NpgsqlBatchCommand command) =>
        ReferenceEquals(command.CommandText, Call) ? new((long)command.Parameters["timeline"].Value!) : null;

    /// <summary>Reads the row that the command answers with, and no further.</summary>
    /// <exception cref="Errors.DendriteException">
    /// BRANCH_NOT_WRITABLE: deleted, archived or reset; BRANCH_PROTECTED: takes merges only; BRANCH_NOT_FOUND: no such
    /// timeline. Raised by <see cref="ProjectBatch"/>, and the transaction is over.
    /// </exception>
    public static async Task<CommitReceipt> ReadReceiptAsync(
        NpgsqlDataReader reader,
        CancellationToken cancellationToken
    )
    {
        await reader.ReadAsync(cancellationToken);
        return new(
            new(reader.GetInt64(0)),
            await reader.GetFieldValueAsync<DateTimeOffset>(1, cancellationToken),
            await reader.GetFieldValueAsync<byte[]>(2, cancellationToken)
        );
    }
}

/// <summary>What is committed.</summary>
/// <param name="Timeline">The branch's timeline.</param>
/// <param name="Author">Who: the label of an API key, or what its holder gave; 1 to 200 characters.</param>
/// <param name="Message">Why; may be empty, at most 4,000 characters.</param>
/// <param name="Digest">SHA-256 of what is written, 32 bytes: what the hash chain vouches for.</param>
public sealed record CommitRequest(TimelineId Timeline, CommitKind Kind, string Author, string Message, byte[] Digest)
{
    /// <summary>Counts for people, such as <c>samples</c>; not covered by the hash.</summary>
    public IReadOnlyDictionary<string, long> Statistics { get; init; } = new Dictionary<string, long>();

    /// <summary>
    /// The head that the commit must follow; the database raises <see cref="CommitDoor.HeadMoved"/> where the branch
    /// has moved on, or its name leads elsewhere. Null: whatever the head is.
    /// </summary>
    public BranchSnapshot? Expected { get; init; }
}

/// <summary>A commit as it was made; durable once its transaction is.</summary>
/// <param name="Time">The database's clock, never before the commit's parent.</param>
/// <param name="Hash">See <see cref="CommitHash"/>.</param>
public sealed record CommitReceipt(CommitVersion Version, DateTimeOffset Time, byte[] Hash);
