using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Branches;

/// <summary>A change of one branch as one statement, under the lock of the branch's row.</summary>
/// <param name="Assignments">What is set, in SQL.</param>
/// <param name="Condition">Where it may be, in SQL; where it is not so, nothing is done and no row comes back.</param>
internal sealed record BranchStatement(string Assignments, string Condition)
{
    /// <summary>
    /// What is set in the timeline, in SQL over <c>b</c>; null leaves it. Waits for a commit that is under way.
    /// </summary>
    public string? OfTimeline { get; init; }

    /// <summary>
    /// Whether it is for deleted branches or for those that are not; null: for both. Those that are not by default.
    /// </summary>
    public bool? IsForDeleted { get; init; } = false;

    /// <summary>
    /// Whether the branch is already as the statement would make it: then nothing is done, and that is fine.
    /// </summary>
    public Predicate<BranchRecord> IsDone { get; init; } = _ => false;

    /// <summary>Why the condition does not hold of a branch that is there and not changed meanwhile.</summary>
    public Func<BranchRecord, DendriteException?> Refusal { get; init; } = _ => null;

    public Action<NpgsqlBatchCommand> AddParameters { get; init; } = _ => { };

    public void AddTo(ProjectBatch batch, ProjectId project, BranchTarget target, Mutation mutation)
    {
        var timeline = OfTimeline is null
            ? ""
            : $"""
                sealed AS (
                    UPDATE branching.timeline t SET {OfTimeline} FROM b
                    WHERE t.project_id = b.project_id AND t.timeline_id = b.timeline_id
                ),
                """;
        // A statement of its own, so that the next sees what it waited for: a reset gives the branch another timeline,
        // and a statement that began before would neither find that nor the branch's row again.
        batch
            .AddUnseen("SELECT FROM branching.branch WHERE project_id = @project AND name = @name FOR NO KEY UPDATE")
            .With("project", project.Value)
            .With("name", target.Name);
        var command = batch
            .Add(
                $"""
                WITH b AS (
                    UPDATE branching.branch
                        SET {Assignments}, update_time = statement_timestamp(), revision = revision + 1
                    WHERE project_id = @project AND name = @name AND (@revision IS NULL OR revision = @revision)
                        AND {Condition}
                    RETURNING *
                ), {timeline} changed AS (
                    SELECT int8send(b.branch_id) AS outcome FROM b
                ), {IdempotencyStore.Recording}
                SELECT {BranchRow.Columns} FROM b {BranchRow.Joins}
                """
            )
            .With("project", project.Value)
            .With("name", target.Name)
            .With("revision", NpgsqlDbType.Bigint, target.Revision);
        IdempotencyStore.WithMutation(command, mutation);
        AddParameters(command);
    }
}

/// <summary>Which branch to change.</summary>
/// <param name="Name">Its id within the project.</param>
/// <param name="Revision">The revision that it must still have; null: any.</param>
public sealed record BranchTarget(string Name, long? Revision = null)
{
    /// <summary>The newest commit that its line must still have, for a deletion; null: any.</summary>
    public CommitVersion? Head { get; init; }
}
