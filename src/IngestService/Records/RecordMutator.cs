using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Datasets;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Records;
using Dendrite.Storage.Requests;

namespace Dendrite.IngestService.Records;

/// <summary>Writes that a caller asks for in one request: to one dataset or many, in one commit.</summary>
/// <param name="ByDataset">Dataset id to its writes.</param>
/// <param name="Message">Of the commit.</param>
internal sealed record WriteRequest(
    IReadOnlyList<(string Dataset, IReadOnlyList<RecordWrite> Writes)> ByDataset,
    string Message
)
{
    /// <summary>The version that the branch's head must have; null: any.</summary>
    public long? IfHeadVersion { get; init; }
}

/// <summary>Puts, patches and deletes records. Thread-safe.</summary>
internal sealed class RecordMutator(
    DatasetCatalog catalog,
    RecordPlanner planner,
    ConstraintCheck constraints,
    RecordCommitter committer
)
{
    /// <summary>
    /// One round trip and a flush for plain puts to datasets without constraints; one more for each dataset of which
    /// records are patched, deleted or held to a version, as many as constraints ask for, and one for a dataset that
    /// was not asked for before.
    /// </summary>
    /// <param name="answer">Makes what is answered of the writes, before they are committed; may refuse them.</param>
    /// <returns>The receipt is null where there was nothing to write.</returns>
    /// <exception cref="DendriteException">
    /// INVALID_ARGUMENT, DATASET_NOT_FOUND, RECORD_NOT_FOUND, VERSION_MISMATCH, CONSTRAINT_VIOLATED.
    /// </exception>
    public Task<Committed<T>> WriteAsync<T>(
        RecordBranch branch,
        WriteRequest request,
        Func<WriteSet, T> answer,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        return committer.RunShortAsync(branch, PlanAsync, cancellationToken);

        async Task<CommitPlan<T>> PlanAsync(RecordBranch at, RecordView view)
        {
            CheckHead(request, at);
            var writes = new WriteSet();
            foreach (var (id, asked) in request.ByDataset)
            {
                var name = new DatasetName(branch.Name.Project, branch.Name.Branch, id);
                var set = writes.Of(await catalog.GetAsync(view, name, cancellationToken));
                await planner.PlanAsync(view, set, asked, cancellationToken);
            }

            await constraints.ThrowIfBrokenAsync(view, writes, cancellationToken);
            return new(CommitOf(writes, mutation, request.Message), answer(writes));
        }
    }

    /// <summary>The commit of writes; null where there are none.</summary>
    /// <param name="outcome">What is remembered of the request besides the version.</param>
    public static RecordCommit? CommitOf(WriteSet writes, Mutation mutation, string message, byte[]? outcome = null) =>
        writes.Count == 0
            ? null
            : new RecordCommit(mutation.Actor, message)
            {
                Kind = CommitKind.Write,
                Records = [.. writes.Writes.Select(write => write.ToChange())],
                Request = mutation,
                Outcome = outcome ?? BitConverter.GetBytes(writes.Count),
            };

    private static void CheckHead(WriteRequest request, RecordBranch at)
    {
        if (request.IfHeadVersion is { } expected && expected != at.Version.Value)
        {
            throw new DendriteException(
                ErrorReason.VersionMismatch,
                $"if_head_version: {at.Name} is at version {at.Version}, and {expected} was expected:"
                    + " read again and retry."
            )
            {
                Metadata = new Dictionary<string, string>
                {
                    ["version"] = $"{at.Version}",
                    ["expected_version"] = $"{expected}",
                },
            };
        }
    }
}
