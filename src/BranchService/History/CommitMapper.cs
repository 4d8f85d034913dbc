using Dendrite.Contracts.Names;
using Dendrite.Storage.Commits;
using Dendrite.Versioning;
using Google.Protobuf;

namespace Dendrite.BranchService.History;

/// <summary>From what is stored to the contract.</summary>
internal static class CommitMapper
{
    /// <param name="seenIn">
    /// The branch that it is read through: it stands for that of the commit where nobody knows what that was called.
    /// </param>
    public static V1.Commit ToContract(CommitRecord commit, BranchName seenIn) =>
        new()
        {
            Name = NameOf(commit.Branch, commit.Content.Version, seenIn),
            Version = commit.Content.Version.Value,
            ParentVersion = commit.ParentVersion.Value,
            MergedCommit = commit.Merged is { } merged ? NameOf(merged.Branch, merged.Version, seenIn) : "",
            Author = commit.Content.Author,
            Message = commit.Content.Message,
            CommitTime = Timestamps.Of(commit.Content.Time),
            Digest = UnsafeByteOperations.UnsafeWrap(commit.Content.Digest),
            Hash = UnsafeByteOperations.UnsafeWrap(commit.Hash),
            Kind = commit.Kind switch
            {
                CommitKind.Append => V1.CommitKind.Append,
                CommitKind.Write => V1.CommitKind.Write,
                CommitKind.Merge => V1.CommitKind.Merge,
                CommitKind.Revert => V1.CommitKind.Revert,
                CommitKind.Pick => V1.CommitKind.Pick,
                _ => V1.CommitKind.Unspecified,
            },
            Statistics = new()
            {
                Blocks = commit.Statistics.GetValueOrDefault("blocks"),
                Samples = commit.Statistics.GetValueOrDefault("samples"),
                BlockBytes = commit.Statistics.GetValueOrDefault("stored_bytes"),
                Records = commit.Statistics.GetValueOrDefault("records"),
            },
        };

    private static string NameOf(string? branch, CommitVersion version, BranchName seenIn) =>
        new CommitName(seenIn.Project, branch ?? seenIn.Branch, version.Value).ToString();
}
