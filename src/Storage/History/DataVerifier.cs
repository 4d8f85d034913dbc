using Dendrite.Storage.Commits;
using Dendrite.Storage.Records;

namespace Dendrite.Storage.History;

/// <summary>Reads what a commit wrote and compares it with what its digest vouches for. Thread-safe.</summary>
public sealed class DataVerifier(PlatformDatabase database)
{
    private readonly AppendVerifier appends = new(database);
    private readonly WriteVerifier writes = new(database);

    /// <summary>Reads the commit's rows whole; see the verifiers of each kind for cost and limits.</summary>
    /// <exception cref="Errors.DendriteException">UNAVAILABLE.</exception>
    public Task<DataCheck> VerifyAsync(ProjectId project, StoredCommit commit, CancellationToken cancellationToken) =>
        commit.Kind == CommitKind.Append
            ? appends.VerifyAsync(project, commit, cancellationToken)
            : writes.VerifyAsync(project, commit, cancellationToken);
}

/// <summary>What reading a commit's data found.</summary>
/// <param name="Bytes">Of payloads and documents that were read.</param>
/// <param name="Problem">What is wrong; null where nothing was found.</param>
public sealed record DataCheck(long Bytes, string? Problem)
{
    /// <summary>The record that the problem is about; null where it is about none, or not one alone.</summary>
    public DamagedRecord? Record { get; init; }
}

/// <summary>A record that is not what was written.</summary>
public sealed record DamagedRecord(DatasetId Dataset, ReadOnlyMemory<byte> Key);
